/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime.h"

void runtime_started(void)
{
}
