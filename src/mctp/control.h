/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of the control messages (DSP0236 1.3.1, 11.3 and 12). */
#ifndef ROTOR_SRC_MCTP_CONTROL_H
#define ROTOR_SRC_MCTP_CONTROL_H

#include "rotor/mctp_control.h"

#define CONTROL_RQ            0x80
#define CONTROL_D             0x40
#define CONTROL_INSTANCE_MASK 0x1f

#define SET_OPERATION_MASK  0x03
#define SET_ASSIGNMENT_MASK 0x30
#define SET_REJECTED        0x10
#define SET_ALLOCATION_MASK 0x03
#define SET_POOL_WANTED     0x01
#define SET_POOL_GIVEN      0x02

#define ENDPOINT_TYPE_MASK    0x30
#define ENDPOINT_BRIDGE       0x10
#define ENDPOINT_ID_TYPE_MASK 0x03

#define ID_TYPE_DYNAMIC       0
#define ID_TYPE_STATIC_EQUAL  2
#define ID_TYPE_STATIC_DIFFER 3

#define VENDOR_IANA    1
#define VENDOR_NO_MORE 0xff

#endif
