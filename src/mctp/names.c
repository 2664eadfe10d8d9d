/* SPDX-License-Identifier: Apache-2.0 */
/* Words for people; kept apart so that a device need not carry them. */
#include "rotor/mctp_bridge.h"
#include "rotor/mctp_i3c.h"
#include "rotor/mctp_serial.h"
#include "rotor/mctp_smbus.h"
#include "rotor/mctp_usb.h"

static const char *const drop_names[ROTOR_MCTP_DROP_COUNT] = {
    [ROTOR_MCTP_DROP_LENGTH] = "packet too short",
    [ROTOR_MCTP_DROP_VERSION] = "header version not supported",
    [ROTOR_MCTP_DROP_DESTINATION] = "packet for another endpoint",
    [ROTOR_MCTP_DROP_SOURCE] = "source endpoint ID not allowed",
    [ROTOR_MCTP_DROP_UNEXPECTED] = "packet continues no message",
    [ROTOR_MCTP_DROP_SEQUENCE] = "packet out of sequence",
    [ROTOR_MCTP_DROP_UNIT] = "fragment of a wrong size",
    [ROTOR_MCTP_DROP_TOO_LONG] = "message too long",
    [ROTOR_MCTP_DROP_NO_SLOT] = "no reassembly slot free",
    [ROTOR_MCTP_DROP_QUOTA] = "sender uses its share of slots",
    [ROTOR_MCTP_DROP_UNSOLICITED] = "answer without a request",
    [ROTOR_MCTP_DROP_RESTARTED] = "message started again",
    [ROTOR_MCTP_DROP_TIMEOUT] = "message not complete in time",
};

const char *rotor_mctp_drop_string(enum rotor_mctp_drop reason)
{
	return (unsigned)reason < ROTOR_COUNT_OF(drop_names) ? drop_names[reason]
							     : "unknown reason";
}

static const char *const bridge_drop_names[ROTOR_MCTP_BRIDGE_DROP_COUNT] = {
    [ROTOR_MCTP_BRIDGE_DROP_FORGED] = "source is not where the packet came from",
    [ROTOR_MCTP_BRIDGE_DROP_NO_ROUTE] = "no route to the destination",
    [ROTOR_MCTP_BRIDGE_DROP_SAME_BUS] = "destination is on the same bus",
    [ROTOR_MCTP_BRIDGE_DROP_TOO_LONG] = "packet too long for the other bus",
    [ROTOR_MCTP_BRIDGE_DROP_QUOTA] = "source uses its share of the bridge",
    [ROTOR_MCTP_BRIDGE_DROP_FULL] = "bridge full",
    [ROTOR_MCTP_BRIDGE_DROP_LATE] = "not taken by the other bus in time",
    [ROTOR_MCTP_BRIDGE_DROP_LOST] = "not acknowledged on the other bus",
};

const char *rotor_mctp_bridge_drop_string(enum rotor_mctp_bridge_drop reason)
{
	return (unsigned)reason < ROTOR_COUNT_OF(bridge_drop_names) ? bridge_drop_names[reason]
								    : "unknown reason";
}

static const char *const smbus_drop_names[ROTOR_SMBUS_DROP_COUNT] = {
    [ROTOR_SMBUS_DROP_ADDRESS] = "frame for another address",
    [ROTOR_SMBUS_DROP_LENGTH] = "byte count does not fit the transfer",
    [ROTOR_SMBUS_DROP_COMMAND] = "command code not MCTP",
    [ROTOR_SMBUS_DROP_SOURCE] = "source address not marked",
    [ROTOR_SMBUS_DROP_PEC] = "packet error code wrong",
};

const char *rotor_smbus_drop_string(enum rotor_smbus_drop reason)
{
	return (unsigned)reason < ROTOR_COUNT_OF(smbus_drop_names) ? smbus_drop_names[reason]
								   : "unknown reason";
}

static const char *const serial_drop_names[ROTOR_SERIAL_DROP_COUNT] = {
    [ROTOR_SERIAL_DROP_REVISION] = "not a frame of revision 1",
    [ROTOR_SERIAL_DROP_LENGTH] = "byte count fits no packet",
    [ROTOR_SERIAL_DROP_ESCAPE] = "escape of a byte that is never escaped",
    [ROTOR_SERIAL_DROP_CUT] = "frame not complete",
    [ROTOR_SERIAL_DROP_FCS] = "frame check sequence wrong",
    [ROTOR_SERIAL_DROP_END] = "frame does not end where it should",
    [ROTOR_SERIAL_DROP_LOST] = "bytes lost on the line",
};

const char *rotor_serial_drop_string(enum rotor_serial_drop reason)
{
	return (unsigned)reason < ROTOR_COUNT_OF(serial_drop_names) ? serial_drop_names[reason]
								    : "unknown reason";
}

static const char *const usb_drop_names[ROTOR_USB_DROP_COUNT] = {
    [ROTOR_USB_DROP_ID] = "no MCTP header in the transfer",
    [ROTOR_USB_DROP_LENGTH] = "length does not fit the transfer",
};

const char *rotor_usb_drop_string(enum rotor_usb_drop reason)
{
	return (unsigned)reason < ROTOR_COUNT_OF(usb_drop_names) ? usb_drop_names[reason]
								 : "unknown reason";
}

static const char *const i3c_drop_names[ROTOR_I3C_DROP_COUNT] = {
    [ROTOR_I3C_DROP_LENGTH] = "frame too short for a packet",
    [ROTOR_I3C_DROP_PEC] = "packet error code wrong",
};

const char *rotor_i3c_drop_string(enum rotor_i3c_drop reason)
{
	return (unsigned)reason < ROTOR_COUNT_OF(i3c_drop_names) ? i3c_drop_names[reason]
								 : "unknown reason";
}

static const char *const command_names[] = {
    [ROTOR_MCTP_SET_ENDPOINT_ID] = "Set Endpoint ID",
    [ROTOR_MCTP_GET_ENDPOINT_ID] = "Get Endpoint ID",
    [ROTOR_MCTP_GET_ENDPOINT_UUID] = "Get Endpoint UUID",
    [ROTOR_MCTP_GET_VERSION_SUPPORT] = "Get MCTP Version Support",
    [ROTOR_MCTP_GET_MESSAGE_TYPE_SUPPORT] = "Get Message Type Support",
    [ROTOR_MCTP_GET_VENDOR_SUPPORT] = "Get Vendor Defined Message Support",
    [ROTOR_MCTP_RESOLVE_ENDPOINT_ID] = "Resolve Endpoint ID",
    [ROTOR_MCTP_ALLOCATE_ENDPOINT_IDS] = "Allocate Endpoint IDs",
    [ROTOR_MCTP_ROUTING_INFORMATION_UPDATE] = "Routing Information Update",
    [ROTOR_MCTP_GET_ROUTING_TABLE_ENTRIES] = "Get Routing Table Entries",
    [ROTOR_MCTP_PREPARE_FOR_DISCOVERY] = "Prepare for Endpoint Discovery",
    [ROTOR_MCTP_ENDPOINT_DISCOVERY] = "Endpoint Discovery",
    [ROTOR_MCTP_DISCOVERY_NOTIFY] = "Discovery Notify",
    [ROTOR_MCTP_GET_NETWORK_ID] = "Get Network ID",
    [ROTOR_MCTP_QUERY_HOP] = "Query Hop",
    [ROTOR_MCTP_RESOLVE_UUID] = "Resolve UUID",
    [ROTOR_MCTP_QUERY_RATE_LIMIT] = "Query Rate Limit",
    [ROTOR_MCTP_REQUEST_TX_RATE_LIMIT] = "Request TX Rate Limit",
    [ROTOR_MCTP_UPDATE_RATE_LIMIT] = "Update Rate Limit",
    [ROTOR_MCTP_QUERY_SUPPORTED_INTERFACES] = "Query Supported Interfaces",
};

const char *rotor_mctp_command_string(uint8_t command)
{
	if (command == 0 || command >= ROTOR_COUNT_OF(command_names))
		return "unknown command";
	return command_names[command];
}
