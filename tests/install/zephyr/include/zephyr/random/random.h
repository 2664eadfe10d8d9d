/* SPDX-License-Identifier: Apache-2.0 */
/* The one function of Zephyr's header that the module calls, as Zephyr documents it. main.c has it. */
#include <stddef.h>

int sys_csrand_get(void *dst, size_t len);
