/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACKAGE_REPORT_H
#define PACKAGE_REPORT_H

#include "rotor/pldm_package_signature.h"
#include "rotor_cli.h"

/* The package as a whole. */
void package_report(struct rotor_cli *cli, const char *file, const struct rotor_package *package,
		    const char *heading, const char *event);
/* Its records and components, one event each. */
void package_report_tables(struct rotor_cli *cli, const struct rotor_package *package);

#endif
