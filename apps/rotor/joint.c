/* SPDX-License-Identifier: Apache-2.0 */
/* Bus, line, the kernel's MCTP or an I2C adapter: opened, joined, served. */
#include "joint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rotor/host_bus.h"
#include "rotor/host_line.h"

/* What an agent may be asked for in the kernel's MCTP: control (first), PLDM in the clear and in sessions, SPDM. */
static const uint8_t types[] = {ROTOR_MCTP_TYPE_CONTROL, ROTOR_MCTP_TYPE_PLDM,
				ROTOR_MCTP_TYPE_SECURED, ROTOR_MCTP_TYPE_SPDM};

/* How long a responder may take to greet. */
#define EMU_HELLO_MS 5000

/* ---- opening ---- */

static bool open_bus(struct joint *j)
{
	const struct joint_options *o = j->options;
	enum rotor_bus_code code = ROTOR_BUS_ACK;
	enum rotor_status status = rotor_bus_connect(o->bus, o->address, &j->fd, &code);
	if (status != ROTOR_OK) {
		char text[256];
		snprintf(text, sizeof(text), "cannot join the bus at %s with address 0x%02x: %s",
			 o->bus, o->address,
			 code == ROTOR_BUS_ACK ? rotor_status_string(status)
					       : rotor_bus_code_string(code));
		cli_fail(j->cli, text, "is rotor-bus running, and is the address free?");
	}
	return status == ROTOR_OK;
}

static bool open_line(struct joint *j)
{
	const char *where = j->options->serial;
	enum rotor_status status = rotor_line_open(where, &j->fd);
	if (status != ROTOR_OK) {
		char text[256];
		snprintf(text, sizeof(text), "cannot open the serial line at %s: %s", where,
			 status == ROTOR_ERR_UNSUPPORTED ? "it is no terminal"
							 : rotor_status_string(status));
		cli_fail(j->cli, text, "is the device on, and does nobody else use its line?");
	}
	return status == ROTOR_OK;
}

static bool fail_kernel(const struct joint *j, enum rotor_status status)
{
	char text[256];
	snprintf(
	    text, sizeof(text), "cannot use the kernel's MCTP at %s: %s", j->options->af_mctp,
	    status == ROTOR_ERR_UNSUPPORTED
		? "this kernel does not have it (CONFIG_MCTP, for terminals CONFIG_MCTP_SERIAL)"
	    : status == ROTOR_ERR_NOT_FOUND ? "there is no such network, link or terminal"
	    : status == ROTOR_ERR_FORMAT    ? "it is no terminal"
	    : status == ROTOR_ERR_STATE     ? "no link of that network has an EID to send from"
					    : rotor_status_string(status));
	cli_fail(
	    j->cli, text,
	    status == ROTOR_ERR_DENIED
		? "it takes the capabilities CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE"
		: NULL);
	return false;
}

static bool open_kernel(struct joint *j)
{
	const struct joint_options *o = j->options;
	enum rotor_status status = rotor_mctp_setup_open(&j->setup, o->af_mctp, o->eid);
	return status == ROTOR_OK || fail_kernel(j, status);
}

/* A line at whose other end a relay has the responder's SPDM. */
static bool open_emu(struct joint *j)
{
	const char *where = j->options->spdm_emu;
	enum rotor_status status = ROTOR_ERR_SPACE;
	j->relay = calloc(1, sizeof(*j->relay));
	if (j->relay) {
		status = rotor_spdm_relay_to_server(j->relay, where, JOINT_EMU_EID, EMU_HELLO_MS);
	}
	if (status == ROTOR_OK) {
		status = rotor_spdm_relay_plug(j->relay, &j->fd);
	}
	if (status != ROTOR_OK) {
		char text[256];
		snprintf(text, sizeof(text), "cannot reach the responder at %s: %s", where,
			 rotor_status_string(status));
		cli_fail(j->cli, text, "does it listen there, and speak SPDM over TCP?");
	}
	return status == ROTOR_OK;
}

bool joint_open(struct joint *j, struct rotor_cli *cli, const struct joint_options *options)
{
	memset(j, 0, sizeof(*j));
	j->cli = cli;
	j->options = options;
	j->fd = -1;
	j->i2c.adapter = j->i2c.queue = -1;
	return options->i2c || (options->af_mctp    ? open_kernel(j)
				: options->serial   ? open_line(j)
				: options->spdm_emu ? open_emu(j)
						    : open_bus(j));
}

uint8_t joint_eid(const struct joint *j)
{
	return j->options->af_mctp ? j->setup.eid : j->options->eid;
}

rotor_mctp_phys joint_addresses(const struct joint *j, const rotor_mctp_phys **addresses,
				size_t *count)
{
	static const rotor_mctp_phys other_end[] = {ROTOR_SERIAL_PHYS};
	bool routed = j->options->af_mctp && !j->setup.link;
	bool point_to_point =
	    j->options->serial || j->options->spdm_emu || (j->setup.link && !j->setup.address_len);
	*addresses = point_to_point ? other_end : routed ? j->setup.others : NULL;
	*count = point_to_point ? ROTOR_COUNT_OF(other_end) : routed ? j->setup.other_count : 0;
	if (*addresses) {
		return ROTOR_MCTP_PHYS_ROUTE;
	}
	return j->options->af_mctp ? j->setup.address : j->options->address;
}

/* ---- joining ---- */

static bool join_kernel(struct joint *j, struct rotor_mctp *endpoint)
{
	const struct rotor_af_mctp_config config = {
	    .network = j->setup.network,
	    .link = j->setup.link,
	    .hardware_len = j->setup.address_len,
	    .types = types,
	    .type_count = j->options->control_only ? 1 : ROTOR_COUNT_OF(types),
	};
	j->kernel = calloc(1, sizeof(*j->kernel));
	if (!j->kernel) {
		cli_fail(j->cli, "out of memory", NULL);
		return false;
	}
	enum rotor_status status = rotor_af_mctp_open(j->kernel, &config, endpoint);
	j->fd = j->kernel->fd;
	return status == ROTOR_OK || fail_kernel(j, status);
}

static bool join_i2c(struct joint *j, struct rotor_mctp *endpoint)
{
	char adapter[256];
	const char *comma = strchr(j->options->i2c, ',');
	size_t len = comma ? (size_t)(comma - j->options->i2c) : strlen(j->options->i2c);
	enum rotor_status status = ROTOR_ERR_ARGUMENT;
	if (len < sizeof(adapter)) {
		memcpy(adapter, j->options->i2c, len);
		adapter[len] = 0;
		status = rotor_i2c_open(&j->i2c, adapter, comma ? comma + 1 : NULL,
					j->options->address, endpoint);
	}
	j->fd = j->i2c.queue;
	if (status != ROTOR_OK) {
		char text[384];
		snprintf(text, sizeof(text), "cannot use the I2C adapter %s: %s", j->options->i2c,
			 status == ROTOR_ERR_UNSUPPORTED
			     ? "it has no slave message queue for the own address"
			     : rotor_status_string(status));
		cli_fail(j->cli, text,
			 status == ROTOR_ERR_UNSUPPORTED
			     ? "does this kernel have the driver slave-mqueue? With mctp-i2c use "
			       "--af-mctp"
			     : NULL);
	}
	return status == ROTOR_OK;
}

bool joint_join(struct joint *j, struct rotor_mctp *endpoint, joint_seen *seen, void *ctx)
{
	if (j->options->af_mctp) {
		if (!join_kernel(j, endpoint)) {
			return false;
		}
		j->kernel->seen = seen;
		j->kernel->ctx = ctx;
		return true;
	}
	if (j->options->i2c) {
		bool joined = join_i2c(j, endpoint);
		j->i2c.seen = seen;
		j->i2c.ctx = ctx;
		return joined;
	}
	enum rotor_status status =
	    j->options->serial || j->relay
		? rotor_link_serial(&j->link, j->fd, endpoint)
		: rotor_link_bus(&j->link, j->fd, endpoint, j->options->address);
	j->link.seen = seen;
	j->link.ctx = ctx;
	if (status != ROTOR_OK) {
		cli_fail(j->cli, "the bus cannot be used with these options",
			 rotor_status_string(status));
	}
	return status == ROTOR_OK;
}

void joint_close(struct joint *j)
{
	if (!j->options) {
		return; /* it was never opened */
	}
	if (j->kernel) {
		rotor_af_mctp_close(j->kernel);
		free(j->kernel);
		j->kernel = NULL;
	} else if (j->options->i2c) {
		rotor_i2c_close(&j->i2c);
	} else if (j->fd >= 0) {
		close(j->fd);
	}
	if (j->relay) {
		rotor_spdm_relay_close(j->relay);
		free(j->relay);
		j->relay = NULL;
	}
	rotor_mctp_setup_close(&j->setup);
	j->fd = -1;
	j->options = NULL;
}

/* ---- serving ---- */

enum rotor_status joint_serve(struct joint *j, rotor_ms now)
{
	if (j->relay) {
		enum rotor_status status = rotor_spdm_relay_serve(j->relay, now);
		if (status != ROTOR_OK) {
			return status;
		}
	}
	return j->kernel         ? rotor_af_mctp_serve(j->kernel, now)
	       : j->options->i2c ? rotor_i2c_serve(&j->i2c, now)
				 : rotor_link_serve(&j->link, now);
}

void joint_send(struct joint *j, rotor_ms now)
{
	if (j->kernel) {
		rotor_af_mctp_send(j->kernel, now);
	} else if (j->options->i2c) {
		rotor_i2c_send(&j->i2c, now);
	} else {
		rotor_link_send(&j->link, now);
	}
}

void joint_watch(const struct joint *j, struct pollfd fds[JOINT_FDS])
{
	short events = j->kernel         ? POLLIN
		       : j->options->i2c ? rotor_i2c_events(&j->i2c)
					 : rotor_link_events(&j->link);
	for (size_t i = 0; i < JOINT_FDS; i++) {
		fds[i] = (struct pollfd){.fd = -1};
	}
	fds[0] = (struct pollfd){.fd = j->fd, .events = events};
	if (j->relay) {
		rotor_spdm_relay_watch(j->relay, fds + 1);
	}
}

rotor_ms joint_deadline(const struct joint *j)
{
	return j->kernel         ? rotor_af_mctp_deadline(j->kernel)
	       : j->options->i2c ? rotor_i2c_deadline(&j->i2c)
				 : rotor_link_deadline(&j->link);
}

int joint_lost(const struct joint *j)
{
	if (j->options->af_mctp) {
		return cli_fail(j->cli, "the kernel's MCTP sockets do not work any more", NULL);
	}
	if (j->options->spdm_emu) {
		return cli_fail(j->cli, "the responder has closed the connection", NULL);
	}
	if (j->options->i2c) {
		return cli_fail(j->cli, "the slave message queue cannot be read any more", NULL);
	}
	if (j->options->serial) {
		return cli_fail(j->cli, "the serial line was closed at the other end",
				"is the device on, and does nobody else use its line?");
	}
	return cli_fail(j->cli, "the bus is gone", "start rotor-bus again");
}

void joint_reach(struct joint *j, uint8_t eid, rotor_mctp_phys phys)
{
	if (!j->setup.link || eid == j->setup.eid) {
		return;
	}
	enum rotor_status status = rotor_mctp_setup_reach(&j->setup, eid, phys);
	if (status != ROTOR_OK) {
		/* rotor itself does not need the route: it says the link and the physical address with each message. */
		rotor_event(&j->cli->events, ROTOR_WARNING, "route",
			    ROTOR_SAY("the kernel has no route to EID {eid} now: {reason}"),
			    ROTOR_UINT("eid", eid),
			    ROTOR_STRING("reason", rotor_status_string(status)));
	}
}
