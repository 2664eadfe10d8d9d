/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pldm_pair.h"

#include <string.h>

#define MESSAGE_MAX 4096

uint8_t pldm_image_byte(unsigned component, uint32_t i)
{
	return component == 0 ? (uint8_t)((i * 7 + 3) ^ (i >> 8)) : (uint8_t)(0xa5 ^ i);
}

static enum rotor_status read_image(void *ctx, uint16_t component, uint32_t offset, uint8_t *buf,
				    size_t len)
{
	struct pldm_pair *p = ctx;

	if (component >= p->plan.count || offset > p->components[component].size ||
	    len > p->components[component].size - offset)
		return ROTOR_ERR_ARGUMENT;
	if (p->read_pending > 0) {
		p->read_pending--;
		return ROTOR_PENDING;
	}
	for (size_t i = 0; i < len; i++)
		buf[i] = pldm_image_byte(component, offset + (uint32_t)i);
	return p->fail_read;
}

static void event(void *ctx, const struct rotor_pldm_ua_event *e)
{
	struct pldm_pair *p = ctx;

	if ((unsigned)e->kind >= ROTOR_COUNT_OF(p->events)) {
		p->bad_event = true;
		return;
	}
	p->events[e->kind]++;
	if (e->kind == ROTOR_PLDM_UA_EVENT_PROGRESS && (e->done > e->total || e->done == 0))
		p->bad_event = true;
}

void pldm_pair_init(struct pldm_pair *p, uint32_t size0, uint32_t size1)
{
	static const struct rotor_pldm_ua_ops ops = {.read = read_image, .event = event};
	static const struct rotor_pldm_component components[] = {
	    {10,
	     0x0101,
	     0,
	     0x00010100,
	     {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"1.1.0", 5}},
	     0,
	     0},
	    {13, 0x0202, 1, 8, {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"B-8", 3}}, 0, 0},
	};

	memset(p, 0, sizeof(*p));
	pldm_device_init(&p->device);
	rotor_pldm_ua_init(&p->ua, NULL, &ops, p);
	memcpy(p->components, components, sizeof(components));
	p->components[0].size = size0;
	p->components[1].size = size1;
	p->plan.components = p->components;
	p->plan.count = size1 != 0 ? 2 : 1;
	p->plan.version.type = ROTOR_PLDM_STRING_ASCII;
	p->plan.version.text.data = (const uint8_t *)"set-2.0";
	p->plan.version.text.len = 7;
	p->plan.max_transfer = 1024;
	p->plan.activate = true;
	p->plan.self_contained = true;
	p->now = 1000;
}

/* Whether a message arrives. */
static bool carry(struct pldm_pair *p, bool to_device, const uint8_t *msg, size_t len)
{
	p->carried++;
	if (p->watch != NULL)
		p->watch(p, to_device, msg, len);
	if (p->cut || p->carried == p->lose_at ||
	    (p->lose_every != 0 && p->carried % p->lose_every == 0)) {
		p->lost++;
		return false;
	}
	return true;
}

static bool agent_asks(struct pldm_pair *p)
{
	uint8_t msg[MESSAGE_MAX], answer[MESSAGE_MAX];
	size_t len, answer_len;

	if (rotor_pldm_ua_next_request(&p->ua, p->now, msg, sizeof(msg), &len) != ROTOR_OK)
		return false;
	if (!carry(p, true, msg, len))
		return true;
	if (rotor_pldm_fd_request(&p->device.fd, PLDM_PAIR_PEER, msg, len, answer, sizeof(answer),
				  &answer_len, p->now) != ROTOR_OK)
		return true;
	if (answer_len != 0 && carry(p, false, answer, answer_len))
		rotor_pldm_ua_response(&p->ua, answer, answer_len, p->now);
	return true;
}

static bool device_asks(struct pldm_pair *p)
{
	uint8_t msg[MESSAGE_MAX], answer[MESSAGE_MAX];
	size_t len, answer_len;
	uint32_t peer;

	rotor_pldm_fd_poll(&p->device.fd, p->now);
	if (rotor_pldm_fd_answer(&p->device.fd, msg, sizeof(msg), &len, &peer) == ROTOR_OK) {
		p->late_answer = true;
		if (carry(p, false, msg, len))
			rotor_pldm_ua_response(&p->ua, msg, len, p->now);
		return true;
	}
	if (rotor_pldm_fd_next_request(&p->device.fd, p->now, msg, sizeof(msg), &len, &peer) !=
	    ROTOR_OK)
		return false;
	if (!carry(p, false, msg, len))
		return true;
	if (rotor_pldm_ua_request(&p->ua, msg, len, answer, sizeof(answer), &answer_len, p->now) ==
		ROTOR_OK &&
	    answer_len != 0 && carry(p, true, answer, answer_len))
		rotor_pldm_fd_response(&p->device.fd, peer, answer, answer_len, p->now);
	return true;
}

bool pldm_pair_step(struct pldm_pair *p)
{
	rotor_ms at, device_at;

	if (agent_asks(p) || device_asks(p))
		return true;
	at = rotor_pldm_ua_deadline(&p->ua);
	device_at = rotor_pldm_fd_deadline(&p->device.fd);
	if (device_at < at)
		at = device_at;
	if (at == ROTOR_NEVER)
		return false;
	p->now = at > p->now ? at : p->now + 1;
	return true;
}

enum rotor_status pldm_pair_run(struct pldm_pair *p, rotor_ms limit_ms)
{
	const rotor_ms until = p->now + limit_ms;

	while (p->ua.status == ROTOR_PENDING && p->now < until && pldm_pair_step(p))
		;
	return p->ua.status;
}

bool pldm_pair_flash_right(const struct pldm_pair *p, unsigned component)
{
	for (uint32_t i = 0; i < p->components[component].size; i++) {
		if (p->device.flash[component][i] != pldm_image_byte(component, i))
			return false;
	}
	if (p->device.at == component) {
		for (uint32_t i = 0; i < p->components[component].size; i++) {
			if (p->device.written[i] != 1)
				return false;
		}
	}
	return !p->device.out_of_bounds;
}
