/* SPDX-License-Identifier: Apache-2.0 */
/* What two firmware versions differ in. */
#ifndef ROTOR_FIRMWARE_RUNTIME_H
#define ROTOR_FIRMWARE_RUNTIME_H

/* What the status lamp of this build of the firmware does: where two versions are told apart at a glance. */
#ifndef ROTOR_RUNTIME_LAMP
#error "ROTOR_RUNTIME_LAMP says what the lamp of this firmware does"
#endif

/* Called once before the loop. Firmware that is made to fail, for tests, does it here. */
void runtime_started(void);

#endif
