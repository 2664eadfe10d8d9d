/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that tests write, so that they say what the code does. */
#ifndef TESTS_UNIT_SUPPORT_GENERATED_DOC_H
#define TESTS_UNIT_SUPPORT_GENERATED_DOC_H

/* Fails if docs/@name is not this text. With ROTOR_WRITE_DOCS in the environment it is written first. */
void generated_doc(const char *name, const char *text);

#endif
