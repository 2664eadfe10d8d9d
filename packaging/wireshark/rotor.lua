-- SPDX-License-Identifier: Apache-2.0
-- Wireshark: MCTP packets of captures with link type 291, and the control, SPDM, secured and PLDM messages in them.
-- docs/trace.md says how to install it. Every field name begins with "rotor.", as Wireshark may have an MCTP of its own.

---- names, as the specifications write them ----

local message_types = {
	[0x00] = "control",
	[0x01] = "PLDM",
	[0x05] = "SPDM",
	[0x06] = "secured",
	[0x7e] = "vendor (PCI)",
	[0x7f] = "vendor (IANA)",
}

local control_completions = {
	[0x00] = "SUCCESS",
	[0x01] = "ERROR",
	[0x02] = "ERROR_INVALID_DATA",
	[0x03] = "ERROR_INVALID_LENGTH",
	[0x04] = "ERROR_NOT_READY",
	[0x05] = "ERROR_UNSUPPORTED_CMD",
}

local pldm_types = {
	[0] = "base",
	[1] = "SMBIOS",
	[2] = "platform",
	[3] = "BIOS",
	[4] = "FRU",
	[5] = "firmware update",
	[6] = "RDE",
	[7] = "file",
	[63] = "OEM",
}

local fwup_states = {
	[0] = "IDLE",
	[1] = "LEARN COMPONENTS",
	[2] = "READY XFER",
	[3] = "DOWNLOAD",
	[4] = "VERIFY",
	[5] = "APPLY",
	[6] = "ACTIVATE",
}

local control_commands = {
	[0x01] = "Set Endpoint ID",
	[0x02] = "Get Endpoint ID",
	[0x03] = "Get Endpoint UUID",
	[0x04] = "Get MCTP Version Support",
	[0x05] = "Get Message Type Support",
	[0x06] = "Get Vendor Defined Message Support",
	[0x07] = "Resolve Endpoint ID",
	[0x08] = "Allocate Endpoint IDs",
	[0x09] = "Routing Information Update",
	[0x0a] = "Get Routing Table Entries",
	[0x0b] = "Prepare for Endpoint Discovery",
	[0x0c] = "Endpoint Discovery",
	[0x0d] = "Discovery Notify",
	[0x0e] = "Get Network ID",
	[0x0f] = "Query Hop",
	[0x10] = "Resolve UUID",
	[0x11] = "Query Rate Limit",
	[0x12] = "Request TX Rate Limit",
	[0x13] = "Update Rate Limit",
	[0x14] = "Query Supported Interfaces",
}

local spdm_codes = {
	[0x01] = "DIGESTS",
	[0x02] = "CERTIFICATE",
	[0x03] = "CHALLENGE_AUTH",
	[0x04] = "VERSION",
	[0x05] = "CHUNK_SEND_ACK",
	[0x06] = "CHUNK_RESPONSE",
	[0x07] = "ENDPOINT_INFO",
	[0x60] = "MEASUREMENTS",
	[0x61] = "CAPABILITIES",
	[0x62] = "SUPPORTED_EVENT_TYPES",
	[0x63] = "ALGORITHMS",
	[0x64] = "KEY_EXCHANGE_RSP",
	[0x65] = "FINISH_RSP",
	[0x66] = "PSK_EXCHANGE_RSP",
	[0x67] = "PSK_FINISH_RSP",
	[0x68] = "HEARTBEAT_ACK",
	[0x69] = "KEY_UPDATE_ACK",
	[0x6a] = "ENCAPSULATED_REQUEST",
	[0x6b] = "ENCAPSULATED_RESPONSE_ACK",
	[0x6c] = "END_SESSION_ACK",
	[0x6d] = "CSR",
	[0x6e] = "SET_CERTIFICATE_RSP",
	[0x6f] = "MEASUREMENT_EXTENSION_LOG",
	[0x70] = "SUBSCRIBE_EVENT_TYPES_ACK",
	[0x71] = "EVENT_ACK",
	[0x7c] = "KEY_PAIR_INFO",
	[0x7d] = "SET_KEY_PAIR_INFO_ACK",
	[0x7e] = "VENDOR_DEFINED_RESPONSE",
	[0x7f] = "ERROR",
	[0x81] = "GET_DIGESTS",
	[0x82] = "GET_CERTIFICATE",
	[0x83] = "CHALLENGE",
	[0x84] = "GET_VERSION",
	[0x85] = "CHUNK_SEND",
	[0x86] = "CHUNK_GET",
	[0x87] = "GET_ENDPOINT_INFO",
	[0xe0] = "GET_MEASUREMENTS",
	[0xe1] = "GET_CAPABILITIES",
	[0xe2] = "GET_SUPPORTED_EVENT_TYPES",
	[0xe3] = "NEGOTIATE_ALGORITHMS",
	[0xe4] = "KEY_EXCHANGE",
	[0xe5] = "FINISH",
	[0xe6] = "PSK_EXCHANGE",
	[0xe7] = "PSK_FINISH",
	[0xe8] = "HEARTBEAT",
	[0xe9] = "KEY_UPDATE",
	[0xea] = "GET_ENCAPSULATED_REQUEST",
	[0xeb] = "DELIVER_ENCAPSULATED_RESPONSE",
	[0xec] = "END_SESSION",
	[0xed] = "GET_CSR",
	[0xee] = "SET_CERTIFICATE",
	[0xef] = "GET_MEASUREMENT_EXTENSION_LOG",
	[0xf0] = "SUBSCRIBE_EVENT_TYPES",
	[0xf1] = "SEND_EVENT",
	[0xfc] = "GET_KEY_PAIR_INFO",
	[0xfd] = "SET_KEY_PAIR_INFO",
	[0xfe] = "VENDOR_DEFINED_REQUEST",
	[0xff] = "RESPOND_IF_READY",
}

local spdm_errors = {
	[0x01] = "InvalidRequest",
	[0x03] = "Busy",
	[0x04] = "UnexpectedRequest",
	[0x05] = "Unspecified",
	[0x06] = "DecryptError",
	[0x07] = "UnsupportedRequest",
	[0x08] = "RequestInFlight",
	[0x09] = "InvalidResponseCode",
	[0x0a] = "SessionLimitExceeded",
	[0x0b] = "SessionRequired",
	[0x0c] = "ResetRequired",
	[0x0d] = "ResponseTooLarge",
	[0x0e] = "RequestTooLarge",
	[0x0f] = "LargeResponse",
	[0x10] = "MessageLost",
	[0x11] = "InvalidPolicy",
	[0x12] = "DataTooLarge",
	[0x41] = "VersionMismatch",
	[0x42] = "ResponseNotReady",
	[0x43] = "RequestResynch",
	[0x44] = "OperationFailed",
	[0x45] = "NoPendingRequests",
	[0x46] = "RequestSessionTerminated",
	[0x47] = "InvalidState",
	[0xff] = "VendorDefinedError",
}

local pldm_base_commands = {
	[0x01] = "SetTID",
	[0x02] = "GetTID",
	[0x03] = "GetPLDMVersion",
	[0x04] = "GetPLDMTypes",
	[0x05] = "GetPLDMCommands",
	[0x06] = "SelectPLDMVersion",
	[0x07] = "NegotiateTransferParameters",
	[0x08] = "MultipartSend",
	[0x09] = "MultipartReceive",
	[0x0a] = "GetMultipartTransferSupport",
}

local pldm_fwup_commands = {
	[0x01] = "QueryDeviceIdentifiers",
	[0x02] = "GetFirmwareParameters",
	[0x03] = "QueryDownstreamDevices",
	[0x04] = "QueryDownstreamIdentifiers",
	[0x05] = "GetDownstreamFirmwareParameters",
	[0x10] = "RequestUpdate",
	[0x11] = "GetPackageData",
	[0x12] = "GetDeviceMetaData",
	[0x13] = "PassComponentTable",
	[0x14] = "UpdateComponent",
	[0x15] = "RequestFirmwareData",
	[0x16] = "TransferComplete",
	[0x17] = "VerifyComplete",
	[0x18] = "ApplyComplete",
	[0x19] = "GetMetaData",
	[0x1a] = "ActivateFirmware",
	[0x1b] = "GetStatus",
	[0x1c] = "CancelUpdateComponent",
	[0x1d] = "CancelUpdate",
	[0x1e] = "ActivatePendingComponentImageSet",
	[0x1f] = "ActivatePendingComponentImage",
	[0x20] = "RequestDownstreamDeviceUpdate",
	[0x21] = "GetComponentOpaqueData",
	[0x22] = "UpdateSecurityRevision",
}

local pldm_completions = {
	[0x00] = "SUCCESS",
	[0x01] = "ERROR",
	[0x02] = "ERROR_INVALID_DATA",
	[0x03] = "ERROR_INVALID_LENGTH",
	[0x04] = "ERROR_NOT_READY",
	[0x05] = "ERROR_UNSUPPORTED_PLDM_CMD",
	[0x20] = "ERROR_INVALID_PLDM_TYPE",
	[0x21] = "ERROR_INVALID_TRANSFER_CONTEXT",
	[0x22] = "ERROR_INVALID_DATA_TRANSFER_HANDLE",
	[0x23] = "ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION",
	[0x24] = "ERROR_INVALID_REQUESTED_SECTION_OFFSET",
}

local pldm_base_completions = {
	[0x80] = "INVALID_DATA_TRANSFER_HANDLE",
	[0x81] = "INVALID_TRANSFER_OPERATION_FLAG",
	[0x83] = "INVALID_PLDM_TYPE_IN_REQUEST_DATA",
	[0x84] = "INVALID_PLDM_VERSION_IN_REQUEST_DATA",
}

local pldm_fwup_completions = {
	[0x80] = "NOT_IN_UPDATE_MODE",
	[0x81] = "ALREADY_IN_UPDATE_MODE",
	[0x82] = "DATA_OUT_OF_RANGE",
	[0x83] = "INVALID_TRANSFER_LENGTH",
	[0x84] = "INVALID_STATE_FOR_COMMAND",
	[0x85] = "INCOMPLETE_UPDATE",
	[0x86] = "BUSY_IN_BACKGROUND",
	[0x87] = "CANCEL_PENDING",
	[0x88] = "COMMAND_NOT_EXPECTED",
	[0x89] = "RETRY_REQUEST_FW_DATA",
	[0x8a] = "UNABLE_TO_INITIATE_UPDATE",
	[0x8b] = "ACTIVATION_NOT_REQUIRED",
	[0x8c] = "SELF_CONTAINED_ACTIVATION_NOT_PERMITTED",
	[0x8d] = "NO_DEVICE_METADATA",
	[0x8e] = "RETRY_REQUEST_UPDATE",
	[0x8f] = "NO_PACKAGE_DATA",
	[0x90] = "INVALID_TRANSFER_HANDLE",
	[0x91] = "INVALID_TRANSFER_OPERATION_FLAG",
	[0x92] = "ACTIVATE_PENDING_IMAGE_NOT_PERMITTED",
	[0x93] = "PACKAGE_DATA_ERROR",
	[0x94] = "NO_OPAQUE_DATA",
	[0x95] = "UPDATE_SECURITY_REVISION_NOT_PERMITTED",
	[0x96] = "DOWNSTREAM_DEVICE_LIST_CHANGED",
}

---- protocols and fields ----

local bit = bit or bit32 -- whichever this Wireshark's Lua has

local mctp = Proto("rotor.mctp", "Management Component Transport Protocol (rotor)")
local control = Proto("rotor.control", "MCTP Control Protocol (rotor)")
local spdm = Proto("rotor.spdm", "Security Protocol and Data Model (rotor)")
local secured = Proto("rotor.secured", "Secured Message over MCTP (rotor)")
local pldm = Proto("rotor.pldm", "Platform Level Data Model (rotor)")

local names_of = { [mctp] = "rotor.mctp.", [control] = "rotor.control.", [spdm] = "rotor.spdm.",
	[secured] = "rotor.secured.", [pldm] = "rotor.pldm." }
local fields = { [mctp] = {}, [control] = {}, [spdm] = {}, [secured] = {}, [pldm] = {} }

-- Makes a field, and keeps it for its protocol: all must be known before Wireshark asks for them.
local function field(proto, kind, name, ...)
	local f = ProtoField[kind](names_of[proto] .. name, ...)
	table.insert(fields[proto], f)
	return f
end
local function dec8(proto, name, text, values, mask) return field(proto, "uint8", name, text, base.DEC, values, mask) end
local function hex8(proto, name, text, values, mask) return field(proto, "uint8", name, text, base.HEX, values, mask) end
local function dec16(proto, name, text) return field(proto, "uint16", name, text, base.DEC) end
local function hex16(proto, name, text) return field(proto, "uint16", name, text, base.HEX) end
local function dec24(proto, name, text) return field(proto, "uint24", name, text, base.DEC) end
local function dec32(proto, name, text) return field(proto, "uint32", name, text, base.DEC) end
local function hex32(proto, name, text) return field(proto, "uint32", name, text, base.HEX) end
local function bytes(proto, name, text) return field(proto, "bytes", name, text) end
local function flag(proto, name, text, mask) return field(proto, "bool", name, text, 8, nil, mask) end
local function frame(proto, name, text, kind) return field(proto, "framenum", name, text, base.NONE, kind) end

local m = {
	version = dec8(mctp, "version", "Header version", nil, 0x0f),
	destination = dec8(mctp, "dst", "Destination EID"),
	source = dec8(mctp, "src", "Source EID"),
	som = flag(mctp, "som", "Start of message", 0x80),
	eom = flag(mctp, "eom", "End of message", 0x40),
	sequence = dec8(mctp, "seq", "Packet sequence number", nil, 0x30),
	owner = flag(mctp, "to", "Tag owner", 0x08),
	tag = dec8(mctp, "tag", "Message tag", nil, 0x07),
	fragment = frame(mctp, "fragment", "Packet of the message"),
	packets = dec32(mctp, "packets", "Packets"),
	reassembled = frame(mctp, "reassembled_in", "Message complete in"),
	payload = bytes(mctp, "payload", "Payload"),
	ic = flag(mctp, "ic", "Integrity check", 0x80),
	type = hex8(mctp, "type", "Message type", message_types, 0x7f),
	data = bytes(mctp, "data", "Data"),
}

-- What the two protocols with instances have in common.
local function instance_fields(proto)
	return {
		request = flag(proto, "rq", "Request", 0x80),
		datagram = flag(proto, "d", "Datagram", 0x40),
		instance = dec8(proto, "instance", "Instance ID", nil, 0x1f),
		response_in = frame(proto, "response_in", "Response in", frametype.RESPONSE),
		response_to = frame(proto, "response_to", "Request in", frametype.REQUEST),
		data = bytes(proto, "data", "Data"),
	}
end

local c = instance_fields(control)
c.command = hex8(control, "command", "Command", control_commands)
c.completion = hex8(control, "completion", "Completion code", control_completions)
c.operation = dec8(control, "operation", "Operation",
	{ [0] = "set", [1] = "force", [2] = "reset", [3] = "set discovered flag" }, 0x03)
c.eid = dec8(control, "eid", "EID")
c.rejected = dec8(control, "assignment", "Assignment", { [0] = "accepted", [1] = "rejected" }, 0x30)
c.allocation = dec8(control, "allocation", "EID allocation", nil, 0x03)
c.pool_size = dec8(control, "pool_size", "EID pool size")
c.endpoint_type = dec8(control, "endpoint_type", "Endpoint", { [0] = "simple", [1] = "bridge or bus owner" }, 0x30)
c.id_type = dec8(control, "id_type", "EID is",
	{ [0] = "dynamic", [1] = "static", [2] = "static, as now", [3] = "static, another now" }, 0x03)
c.medium = hex8(control, "medium", "Medium-specific information")
c.uuid = field(control, "guid", "uuid", "UUID", base.NONE)
c.message_type = hex8(control, "message_type", "Message type", message_types)
c.count = dec8(control, "count", "Entries")
c.entry_version = hex32(control, "version", "Version")
c.selector = hex8(control, "selector", "Vendor ID set selector")
c.vendor_format = dec8(control, "vendor_format", "Vendor ID format", { [0] = "PCI", [1] = "IANA" })
c.first_eid = dec8(control, "first_eid", "First EID")
c.handle = hex8(control, "handle", "Entry handle")
c.hop_type = hex8(control, "hop_message_type", "Message type", message_types)

local s = {
	version = hex8(spdm, "version", "SPDM version"),
	code = hex8(spdm, "code", "Code", spdm_codes),
	param1 = hex8(spdm, "param1", "Param1"),
	param2 = hex8(spdm, "param2", "Param2"),
	count = dec8(spdm, "version_count", "Version number entries"),
	entry = hex16(spdm, "version_entry", "Version number entry"),
	reserved = bytes(spdm, "reserved", "Reserved"),
	ct_exponent = dec8(spdm, "ct_exponent", "CTExponent"),
	flags = hex32(spdm, "flags", "Flags"),
	data_transfer_size = dec32(spdm, "data_transfer_size", "DataTransferSize"),
	max_size = dec32(spdm, "max_spdm_msg_size", "MaxSPDMmsgSize"),
	length = dec16(spdm, "length", "Length"),
	measurement_specification = hex8(spdm, "measurement_specification", "MeasurementSpecification"),
	other_params = hex8(spdm, "other_params", "OtherParams"),
	measurement_hash = hex32(spdm, "measurement_hash_algo", "MeasurementHashAlgo"),
	base_asym = hex32(spdm, "base_asym", "BaseAsymAlgo"),
	base_hash = hex32(spdm, "base_hash", "BaseHashAlgo"),
	ext_asym = dec8(spdm, "ext_asym_count", "ExtAsymCount"),
	ext_hash = dec8(spdm, "ext_hash_count", "ExtHashCount"),
	slot = dec8(spdm, "slot", "Slot", nil, 0x0f),
	slot_mask = hex8(spdm, "slot_mask", "Slot mask"),
	offset = dec16(spdm, "offset", "Offset"),
	portion = dec16(spdm, "portion_length", "PortionLength"),
	remainder = dec16(spdm, "remainder_length", "RemainderLength"),
	chain = bytes(spdm, "cert_chain", "Certificate chain"),
	nonce = bytes(spdm, "nonce", "Nonce"),
	context = bytes(spdm, "context", "RequesterContext"),
	operation = hex8(spdm, "measurement_operation", "Measurement operation"),
	blocks = dec8(spdm, "blocks", "NumberOfBlocks"),
	record_length = dec24(spdm, "record_length", "MeasurementRecordLength"),
	record = bytes(spdm, "record", "MeasurementRecord"),
	req_session = hex16(spdm, "req_session_id", "ReqSessionID"),
	rsp_session = hex16(spdm, "rsp_session_id", "RspSessionID"),
	policy = hex8(spdm, "session_policy", "SessionPolicy"),
	mut_auth = hex8(spdm, "mut_auth", "MutAuthRequested"),
	req_slot = hex8(spdm, "req_slot", "SlotIDParam"),
	random = bytes(spdm, "random", "RandomData"),
	error = hex8(spdm, "error", "Error code", spdm_errors),
	error_data = hex8(spdm, "error_data", "Error data"),
	data = bytes(spdm, "data", "Data"),
}

local r = {
	session = hex32(secured, "session_id", "Session ID"),
	sequence = dec16(secured, "seq", "Sequence number"),
	length = dec16(secured, "length", "Length"),
	data = bytes(secured, "data", "Encrypted data and MAC"),
}

local p = instance_fields(pldm)
p.header_version = dec8(pldm, "header_version", "Header version", nil, 0xc0)
p.type = dec8(pldm, "type", "PLDM type", pldm_types, 0x3f)
p.command = hex8(pldm, "command", "Command")
p.completion = hex8(pldm, "completion", "Completion code")
p.name = field(pldm, "string", "command_name", "Command name")
p.completion_name = field(pldm, "string", "completion_name", "Completion code name")
p.tid = dec8(pldm, "tid", "TID")
p.types = bytes(pldm, "types", "PLDM types")
p.commands = bytes(pldm, "commands", "PLDM commands")
p.handle = hex32(pldm, "handle", "DataTransferHandle")
p.next_handle = hex32(pldm, "next_handle", "NextDataTransferHandle")
p.operation = hex8(pldm, "operation", "TransferOperationFlag")
p.transfer_flag = hex8(pldm, "transfer_flag", "TransferFlag",
	{ [1] = "Start", [2] = "Middle", [4] = "End", [5] = "StartAndEnd" })
p.of_type = dec8(pldm, "of_type", "PLDM type", pldm_types)
p.of_version = hex32(pldm, "of_version", "Version")
p.max_transfer = dec32(pldm, "max_transfer", "MaximumTransferSize")
p.components = dec16(pldm, "components", "NumberOfComponents")
p.max_outstanding = dec8(pldm, "max_outstanding", "MaximumOutstandingTransferRequests")
p.package_data = dec16(pldm, "package_data_length", "PackageDataLength")
p.string_type = dec8(pldm, "version_type", "Version string type")
p.string_length = dec8(pldm, "version_length", "Version string length")
p.string = field(pldm, "string", "version", "Version string")
p.meta_data = dec16(pldm, "meta_data_length", "FirmwareDeviceMetaDataLength")
p.get_package_data = dec8(pldm, "get_package_data", "FDWillSendGetPackageDataCommand")
p.package_data_max = dec32(pldm, "package_data_max", "GetPackageDataMaximumTransferSize")
p.classification = hex16(pldm, "classification", "ComponentClassification")
p.identifier = hex16(pldm, "identifier", "ComponentIdentifier")
p.index = dec8(pldm, "index", "ComponentClassificationIndex")
p.stamp = hex32(pldm, "stamp", "ComponentComparisonStamp")
p.size = dec32(pldm, "size", "ComponentImageSize")
p.options = hex32(pldm, "options", "UpdateOptionFlags")
p.component_response = dec8(pldm, "component_response", "ComponentResponse")
p.component_code = hex8(pldm, "component_code", "ComponentResponseCode")
p.delay = dec16(pldm, "delay", "EstimatedTimeBeforeSendingRequestFWData")
p.opaque_max = dec32(pldm, "opaque_max", "GetComponentOpaqueDataMaximumTransferSize")
p.offset = dec32(pldm, "offset", "Offset")
p.length = dec32(pldm, "length", "Length")
p.result = hex8(pldm, "result", "Result")
p.activation = hex16(pldm, "activation_methods", "ComponentActivationMethodsModification")
p.self_contained = dec8(pldm, "self_contained", "SelfContainedActivationRequest")
p.seconds = dec16(pldm, "activation_time", "EstimatedTimeForSelfContainedActivation")
p.state = dec8(pldm, "state", "CurrentState", fwup_states)
p.previous = dec8(pldm, "previous_state", "PreviousState", fwup_states)
p.aux_state = dec8(pldm, "aux_state", "AuxState")
p.aux_status = hex8(pldm, "aux_status", "AuxStateStatus")
p.progress = dec8(pldm, "progress", "ProgressPercent")
p.reason = dec8(pldm, "reason", "ReasonCode")
p.not_functioning = dec8(pldm, "not_functioning", "NonFunctioningComponentIndication")
p.bitmap = field(pldm, "uint64", "not_functioning_bitmap", "NonFunctioningComponentBitmap", base.HEX)
p.device_length = dec32(pldm, "identifiers_length", "DeviceIdentifiersLength")
p.descriptors = dec8(pldm, "descriptors", "DescriptorCount")
p.capabilities = hex32(pldm, "capabilities", "CapabilitiesDuringUpdate")
p.pending_type = dec8(pldm, "pending_version_type", "Pending version string type")
p.pending_length = dec8(pldm, "pending_version_length", "Pending version string length")
p.pending = field(pldm, "string", "pending_version", "Pending version string")

local experts = {
	malformed = ProtoExpert.new("rotor.malformed", "Malformed: bytes are missing", expert.group.MALFORMED,
		expert.severity.ERROR),
	version = ProtoExpert.new("rotor.version", "Header version is not 1", expert.group.PROTOCOL, expert.severity.WARN),
	gap = ProtoExpert.new("rotor.gap", "Packet sequence number is not the next: the message is lost",
		expert.group.SEQUENCE, expert.severity.WARN),
	no_start = ProtoExpert.new("rotor.no_start", "Packet of a message whose start is not there",
		expert.group.SEQUENCE, expert.severity.WARN),
	restarted = ProtoExpert.new("rotor.restarted", "Start of a message before the last one with this tag ended",
		expert.group.SEQUENCE, expert.severity.WARN),
}
mctp.experts = { experts.malformed, experts.version, experts.gap, experts.no_start, experts.restarted }
for proto, list in pairs(fields) do proto.fields = list end

---- reading ----

-- A place in a message. What is not there is said once; whatever is asked for after that is not there either, and
-- nothing is ever read past the end, as that would be an error in Lua.
local Cursor = {}
Cursor.__index = Cursor

local function cursor(tvb, offset, tree)
	return setmetatable({ tvb = tvb, at = offset, tree = tree, bad = false }, Cursor)
end

function Cursor:left() return self.tvb:len() - self.at end

function Cursor:has(n)
	if not self.bad and n > self:left() then
		self.bad = true
		self.tree:add_proto_expert_info(experts.malformed)
	end
	return not self.bad
end

-- Adds fields that share the next bytes; returns their number, or 0 if the bytes are not there.
function Cursor:take(size, list, big)
	if not self:has(size) then return 0 end
	local range = self.tvb(self.at, size)
	for _, f in ipairs(list) do
		if big then self.tree:add(f, range) else self.tree:add_le(f, range) end
	end
	self.at = self.at + size
	if size > 4 then return 0 end
	return big and range:uint() or range:le_uint()
end

-- Adds bytes, or text; none are no field.
function Cursor:bytes(size, f)
	if size == 0 or not self:has(size) then return "" end
	local range = self.tvb(self.at, size)
	self.tree:add(f, range)
	self.at = self.at + size
	return range
end

function Cursor:rest(f)
	if not self.bad then self:bytes(self:left(), f) end
end

-- Reads fields one after the other: { size, field } each; returns their numbers.
function Cursor:all(layout)
	local values = {}
	for i, entry in ipairs(layout) do values[i] = self:take(entry[1], { entry[2] }) end
	return values
end

local function name_of(names, value, otherwise)
	return names[value] or string.format("%s 0x%02x", otherwise, value)
end

---- requests and responses ----

local requests, request_of, response_of

-- Remembers a request, or finds that of a response. A request to the null EID is answered by who has another.
local function link(pinfo, tree, f, protocol, at, request, datagram, key)
	local number = pinfo.number
	local function place(a, b) return table.concat({ protocol, a, b, key }, ":") end
	if not pinfo.visited then
		if request then
			if not datagram then requests[place(at.source, at.destination)] = number end
		else
			for _, place_of in ipairs({ place(at.destination, at.source), place(at.destination, 0) }) do
				local found = requests[place_of]
				if found then
					request_of[number] = found
					response_of[found] = number
					requests[place_of] = nil
					break
				end
			end
		end
	end
	local to = request and response_of[number] or request_of[number]
	if to then tree:add(request and f.response_in or f.response_to, to):set_generated() end
end

---- MCTP control ----

local function control_versions(cur)
	for _ = 1, cur:take(1, { c.count }) do
		if cur.bad then break end
		cur:take(4, { c.entry_version }, true)
	end
end

local function control_types(cur)
	for _ = 1, cur:take(1, { c.count }) do
		if cur.bad then break end
		cur:take(1, { c.message_type })
	end
end

-- By command: what a request, and what a successful response has in it; returns what is worth a word in the line.
local control_layouts = {
	[0x01] = {
		function(cur)
			cur:take(1, { c.operation })
			return "EID " .. cur:take(1, { c.eid })
		end,
		function(cur)
			local rejected = bit.band(cur:take(1, { c.rejected, c.allocation }), 0x30) ~= 0
			local eid = cur:take(1, { c.eid })
			cur:take(1, { c.pool_size })
			return (rejected and "rejected, EID is " or "accepted, EID is ") .. eid
		end,
	},
	[0x02] = {
		nil,
		function(cur)
			local eid = cur:take(1, { c.eid })
			cur:take(1, { c.endpoint_type, c.id_type })
			cur:take(1, { c.medium })
			return "EID " .. eid
		end,
	},
	[0x03] = { nil, function(cur) cur:take(16, { c.uuid }, true) end },
	[0x04] = { function(cur) cur:take(1, { c.message_type }) end, control_versions },
	[0x05] = { nil, control_types },
	[0x06] = {
		function(cur) cur:take(1, { c.selector }) end,
		function(cur) cur:all({ { 1, c.selector }, { 1, c.vendor_format } }) end,
	},
	[0x07] = { function(cur) return "EID " .. cur:take(1, { c.eid }) end },
	[0x08] = { function(cur) cur:all({ { 1, c.operation }, { 1, c.pool_size }, { 1, c.first_eid } }) end },
	[0x0a] = { function(cur) cur:take(1, { c.handle }) end },
	[0x0f] = { function(cur) cur:all({ { 1, c.eid }, { 1, c.hop_type } }) end },
}

local function show_control(cur, pinfo, at)
	local head = cur:take(1, { c.request, c.datagram, c.instance })
	local command = cur:take(1, { c.command })
	if cur.bad then return "control message" end
	local request = bit.band(head, 0x80) ~= 0
	local line = name_of(control_commands, command, "command")
	link(pinfo, cur.tree, c, "control", at, request, bit.band(head, 0x40) ~= 0,
		bit.band(head, 0x1f) .. ":" .. command)
	local completion = request and 0 or cur:take(1, { c.completion })
	local summary
	if completion ~= 0 then
		summary = name_of(control_completions, completion, "completion code")
	else
		local show = (control_layouts[command] or {})[request and 1 or 2]
		summary = show and not cur.bad and show(cur)
	end
	cur:rest(c.data)
	return line, summary
end

---- SPDM ----

local function capabilities(request)
	return function(cur, version)
		if request and version < 0x11 then return end -- 1.0 has none in the request
		cur:all({ { 1, s.reserved }, { 1, s.ct_exponent }, { 2, s.reserved }, { 4, s.flags } })
		if version >= 0x12 then cur:all({ { 4, s.data_transfer_size }, { 4, s.max_size } }) end
	end
end

local function slot_of(param) return "slot " .. bit.band(param, 0x0f) end

local spdm_layouts = {
	[0x84] = function() end,
	[0x04] = function(cur)
		cur:take(1, { s.reserved })
		local versions = {}
		for _ = 1, cur:take(1, { s.count }) do
			if cur.bad then break end
			local entry = cur:take(2, { s.entry })
			table.insert(versions, string.format("%d.%d", bit.rshift(entry, 12), bit.band(bit.rshift(entry, 8), 0x0f)))
		end
		return table.concat(versions, ", ")
	end,
	[0xe1] = capabilities(true),
	[0x61] = capabilities(false),
	[0xe3] = function(cur)
		cur:all({ { 2, s.length }, { 1, s.measurement_specification }, { 1, s.other_params }, { 4, s.base_asym },
			{ 4, s.base_hash }, { 12, s.reserved }, { 1, s.ext_asym }, { 1, s.ext_hash } })
	end,
	[0x63] = function(cur)
		cur:all({ { 2, s.length }, { 1, s.measurement_specification }, { 1, s.other_params }, { 4, s.measurement_hash },
			{ 4, s.base_asym }, { 4, s.base_hash }, { 12, s.reserved }, { 1, s.ext_asym }, { 1, s.ext_hash } })
	end,
	[0x01] = function(cur)
		cur.tree:add(s.slot_mask, cur.tvb(cur.at - 1, 1))
	end,
	[0x82] = function(cur, _, param1)
		cur.tree:add(s.slot, cur.tvb(cur.at - 2, 1))
		local v = cur:all({ { 2, s.offset }, { 2, s.length } })
		return string.format("%s, %d bytes from %d", slot_of(param1), v[2], v[1])
	end,
	[0x02] = function(cur, _, param1)
		cur.tree:add(s.slot, cur.tvb(cur.at - 2, 1))
		local v = cur:all({ { 2, s.portion }, { 2, s.remainder } })
		cur:bytes(v[1], s.chain)
		return string.format("%s, %d bytes, %d to come", slot_of(param1), v[1], v[2])
	end,
	[0x83] = function(cur, version, param1)
		cur.tree:add(s.slot, cur.tvb(cur.at - 2, 1))
		cur:bytes(32, s.nonce)
		if version >= 0x13 then cur:bytes(8, s.context) end
		return slot_of(param1)
	end,
	[0x03] = function(cur, _, param1)
		cur.tree:add(s.slot, cur.tvb(cur.at - 2, 1))
		return slot_of(param1)
	end,
	[0xe0] = function(cur, version, param1, param2)
		cur.tree:add(s.operation, cur.tvb(cur.at - 1, 1))
		if bit.band(param1, 1) ~= 0 then -- a signature is asked for
			cur:bytes(32, s.nonce)
			if version >= 0x11 then cur:take(1, { s.slot }) end
		end
		if version >= 0x13 then cur:bytes(8, s.context) end
		return ({ [0] = "how many", [0xff] = "all" })[param2] or "measurement " .. param2
	end,
	[0x60] = function(cur)
		local v = cur:all({ { 1, s.blocks }, { 3, s.record_length } })
		cur:bytes(v[2], s.record)
		return v[1] .. " blocks"
	end,
	[0xe4] = function(cur, version)
		local v = cur:all({ { 2, s.req_session }, { 1, version >= 0x12 and s.policy or s.reserved }, { 1, s.reserved } })
		cur:bytes(32, s.random)
		return string.format("session 0x....%04x", v[1])
	end,
	[0x64] = function(cur)
		local v = cur:all({ { 2, s.rsp_session }, { 1, s.mut_auth }, { 1, s.req_slot } })
		cur:bytes(32, s.random)
		return string.format("session 0x%04x....", v[1])
	end,
	[0x7f] = function(cur, _, param1)
		cur.tree:add(s.error, cur.tvb(cur.at - 2, 1))
		cur.tree:add(s.error_data, cur.tvb(cur.at - 1, 1))
		return name_of(spdm_errors, param1, "error")
	end,
}

local function show_spdm(cur)
	local v = cur:all({ { 1, s.version }, { 1, s.code }, { 1, s.param1 }, { 1, s.param2 } })
	if cur.bad then return "SPDM message" end
	local show = spdm_layouts[v[2]]
	local summary = show and show(cur, v[1], v[3], v[4])
	cur:rest(s.data)
	return name_of(spdm_codes, v[2], "code"), summary
end

---- secured messages ----

local function show_secured(cur)
	local v = cur:all({ { 4, r.session }, { 2, r.sequence }, { 2, r.length } })
	cur:bytes(v[3], r.data)
	return "record", string.format("session 0x%08x, sequence %d", v[1], v[2])
end

---- PLDM ----

-- A string whose type and length may stand away from its text.
local function version_text(cur, length, f)
	local text = cur:bytes(length, f)
	return text == "" and "" or text:string()
end

local component_head = { { 2, p.classification }, { 2, p.identifier }, { 1, p.index }, { 4, p.stamp } }
local string_head = { { 1, p.string_type }, { 1, p.string_length } }

local function version_string(cur)
	return version_text(cur, cur:all(string_head)[2], p.string)
end

local function result(cur) return string.format("result 0x%02x", cur:take(1, { p.result })) end

local function component_answer(cur)
	local v = cur:all({ { 1, p.component_response }, { 1, p.component_code } })
	return v[1] == 0 and "yes" or string.format("no, code 0x%02x", v[2])
end

local function activation_time(cur) return cur:take(2, { p.seconds }) .. " s" end
local function tid(cur) return "TID " .. cur:take(1, { p.tid }) end
local function type_and_version(cur) cur:all({ { 1, p.of_type }, { 4, p.of_version } }) end

-- By type and command: request, successful response.
local pldm_layouts = {
	[0] = {
		[0x01] = { tid },
		[0x02] = { nil, tid },
		[0x03] = {
			function(cur) cur:all({ { 4, p.handle }, { 1, p.operation }, { 1, p.of_type } }) end,
			function(cur)
				cur:all({ { 4, p.next_handle }, { 1, p.transfer_flag } })
				if cur:left() >= 8 then cur:take(4, { p.of_version }) end -- the first; others and a CRC-32 follow
			end,
		},
		[0x04] = { nil, function(cur) cur:bytes(8, p.types) end },
		[0x05] = { type_and_version, function(cur) cur:bytes(32, p.commands) end },
		[0x06] = { type_and_version },
	},
	[5] = {
		[0x01] = { nil, function(cur) cur:all({ { 4, p.device_length }, { 1, p.descriptors } }) end },
		[0x02] = {
			nil,
			function(cur)
				local v = cur:all({ { 4, p.capabilities }, { 2, p.components }, { 1, p.string_type },
					{ 1, p.string_length }, { 1, p.pending_type }, { 1, p.pending_length } })
				local active = version_text(cur, v[4], p.string)
				version_text(cur, v[6], p.pending)
				return active
			end,
		},
		[0x10] = {
			function(cur)
				cur:all({ { 4, p.max_transfer }, { 2, p.components }, { 1, p.max_outstanding }, { 2, p.package_data } })
				return version_string(cur)
			end,
			function(cur)
				local v = cur:all({ { 2, p.meta_data }, { 1, p.get_package_data } })
				if v[2] == 2 then cur:take(4, { p.package_data_max }) end
			end,
		},
		[0x13] = {
			function(cur)
				cur:take(1, { p.transfer_flag })
				cur:all(component_head)
				return version_string(cur)
			end,
			component_answer,
		},
		[0x14] = {
			function(cur)
				cur:all(component_head)
				local size = cur:all({ { 4, p.size }, { 4, p.options } })[1]
				return version_string(cur) .. ", " .. size .. " bytes"
			end,
			function(cur)
				local answer = component_answer(cur)
				local v = cur:all({ { 4, p.options }, { 2, p.delay } })
				if bit.band(v[1], 2) ~= 0 then cur:take(4, { p.opaque_max }) end
				return answer
			end,
		},
		[0x15] = {
			function(cur)
				local v = cur:all({ { 4, p.offset }, { 4, p.length } })
				return string.format("%d bytes from %d", v[2], v[1])
			end,
			function(cur) return cur:left() .. " bytes" end,
		},
		[0x16] = { result },
		[0x17] = { result },
		[0x18] = {
			function(cur)
				local said = result(cur)
				cur:take(2, { p.activation })
				return said
			end,
		},
		[0x1a] = { function(cur) cur:take(1, { p.self_contained }) end, activation_time },
		[0x1b] = {
			nil,
			function(cur)
				local v = cur:all({ { 1, p.state }, { 1, p.previous }, { 1, p.aux_state }, { 1, p.aux_status },
					{ 1, p.progress }, { 1, p.reason }, { 4, p.options } })
				return name_of(fwup_states, v[1], "state")
			end,
		},
		[0x1d] = { nil, function(cur) cur:all({ { 1, p.not_functioning }, { 8, p.bitmap } }) end },
	},
}

local pldm_names = {
	[0] = { pldm_base_commands, pldm_base_completions },
	[5] = { pldm_fwup_commands, pldm_fwup_completions },
}

local function show_pldm(cur, pinfo, at)
	local head = cur:take(1, { p.request, p.datagram, p.instance })
	local type = bit.band(cur:take(1, { p.header_version, p.type }), 0x3f)
	local command = cur:take(1, { p.command })
	if cur.bad then return "PLDM message" end
	local request = bit.band(head, 0x80) ~= 0
	local names = pldm_names[type] or { {}, {} }
	local line = name_of(names[1], command, "command")
	cur.tree:add(p.name, cur.tvb(cur.at - 1, 1), line):set_generated()
	link(pinfo, cur.tree, p, "pldm", at, request, bit.band(head, 0x40) ~= 0,
		table.concat({ bit.band(head, 0x1f), type, command }, ":"))
	local summary
	local completion = request and 0 or cur:take(1, { p.completion })
	if not request and not cur.bad then
		local name = pldm_completions[completion] or name_of(names[2], completion, "completion code")
		cur.tree:add(p.completion_name, cur.tvb(cur.at - 1, 1), name):set_generated()
		if completion ~= 0 then summary = name end
	end
	if completion == 0 and not cur.bad then
		local show = ((pldm_layouts[type] or {})[command] or {})[request and 1 or 2]
		summary = show and show(cur)
	end
	cur:rest(p.data)
	return line, summary
end

---- MCTP ----

local protocols = {
	[0x00] = { control, show_control, "control" },
	[0x01] = { pldm, show_pldm, "PLDM" },
	[0x05] = { spdm, show_spdm, "SPDM" },
	[0x06] = { secured, show_secured, "secured" },
}

-- What is under way, by who sends what to whom; and, by frame, what the first look at it gave. Wireshark shows a frame
-- any number of times after that, in any order.
local streams, seen

local function reset()
	streams, seen = {}, {}
	requests, request_of, response_of = {}, {}, {}
end
reset()
mctp.init = reset

-- Takes a packet in, the first time that it is seen. A message: its bytes in hex, and the frames that they are from.
local function take_in(number, key, som, eom, sequence, payload)
	local found = {}
	local stream = streams[key]
	if som then
		if stream then found.expert = experts.restarted end
		stream = { frames = {}, parts = {} }
		streams[key] = stream
	elseif not stream then
		found.expert = experts.no_start
		return found
	elseif sequence ~= (stream.sequence + 1) % 4 then
		found.expert = experts.gap
		streams[key] = nil
		return found
	end
	stream.sequence = sequence
	table.insert(stream.frames, number)
	table.insert(stream.parts, payload)
	if eom then
		found.frames, found.message = stream.frames, table.concat(stream.parts)
		streams[key] = nil
		for _, n in ipairs(stream.frames) do
			if n ~= number then seen[n].complete = number end
		end
	end
	return found
end

local function show_message(tvb, pinfo, root, tree, at)
	local head = cursor(tvb, 0, tree)
	local type = bit.band(head:take(1, { m.ic, m.type }), 0x7f)
	if head.bad then return "MCTP", "message without a type" end
	local protocol = protocols[type]
	if not protocol then
		head:rest(m.data)
		return "MCTP", "message of type " .. name_of(message_types, type, "unknown")
	end
	local size = tvb:len() - 1
	local inner = size > 0 and root:add(protocol[1], tvb(1, size)) or root:add(protocol[1])
	local cur = cursor(tvb, 1, inner)
	local name, summary = protocol[2](cur, pinfo, at)
	local line = name
	if summary and summary ~= "" and not cur.bad then line = line .. ", " .. summary end
	if cur.bad then line = line .. " [malformed]" end
	return protocol[3], line
end

function mctp.dissector(tvb, pinfo, root)
	local number = pinfo.number
	pinfo.cols.protocol = "MCTP"
	local tree = tvb:len() > 0 and root:add(mctp, tvb(0, math.min(4, tvb:len()))) or root:add(mctp)
	local cur = cursor(tvb, 0, tree)
	local version = bit.band(cur:take(1, { m.version }), 0x0f)
	local at = { destination = cur:take(1, { m.destination }), source = cur:take(1, { m.source }) }
	local flags = cur:take(1, { m.som, m.eom, m.sequence, m.owner, m.tag })
	if cur.bad then
		pinfo.cols.info = "packet without a whole header [malformed]"
		return tvb:len()
	end
	if version ~= 1 then tree:add_proto_expert_info(experts.version) end
	pinfo.cols.src = tostring(at.source)
	pinfo.cols.dst = tostring(at.destination)

	local som, eom = bit.band(flags, 0x80) ~= 0, bit.band(flags, 0x40) ~= 0
	local key = string.format("%d:%d:%d", at.source, at.destination, bit.band(flags, 0x0f))
	if not seen[number] then
		local payload = tvb:len() > 4 and tvb(4):bytes():tohex() or ""
		seen[number] = {}
		local found = take_in(number, key, som, eom, bit.band(bit.rshift(flags, 4), 3), payload)
		for k, v in pairs(found) do seen[number][k] = v end
	end
	local now = seen[number]
	if now.expert then tree:add_proto_expert_info(now.expert) end
	if now.complete then tree:add(m.reassembled, now.complete):set_generated() end
	if not now.message then
		cur:rest(m.payload)
		pinfo.cols.info = now.expert and not som and "packet that fits no message" or "packet of a message"
		return tvb:len()
	end

	local message, packets = nil, #now.frames
	if packets > 1 then
		tree:add(m.packets, packets):set_generated()
		for _, n in ipairs(now.frames) do tree:add(m.fragment, n):set_generated() end
		cur:rest(m.payload)
	end
	if now.message == "" then
		tree:add_proto_expert_info(experts.malformed)
		pinfo.cols.info = "empty message [malformed]"
		return tvb:len()
	end
	message = packets > 1 and ByteArray.new(now.message):tvb("MCTP message") or tvb(4):tvb()
	local protocol, line = show_message(message, pinfo, root, tree, at)
	if packets > 1 then line = string.format("%s (%d packets)", line, packets) end
	pinfo.cols.protocol = protocol
	pinfo.cols.info = line
	return tvb:len()
end

---- link type 291 ----

-- Wireshark before 4.2 refuses captures with this link type: then a reader of our own hands out their packets.
local encapsulation = wtap_encaps.MCTP
if not encapsulation then
	local LINKTYPE_MCTP, HEADER, RECORD, LONGEST = 291, 24, 16, 262144
	encapsulation = wtap_encaps.USER15
	local reader = FileHandler.new("pcap with MCTP packets", "rotor-mctp", "pcap, link type 291", "rms")
	-- By the first four bytes: byte order, and nanoseconds in a unit of the time stamps' second half.
	local magics = {
		["\xd4\xc3\xb2\xa1"] = { "<", 1000 },
		["\xa1\xb2\xc3\xd4"] = { ">", 1000 },
		["\x4d\x3c\xb2\xa1"] = { "<", 1 },
		["\xa1\xb2\x3c\x4d"] = { ">", 1 },
	}

	function reader.read_open(file, capture)
		local head = file:read(HEADER)
		local how = head and #head == HEADER and magics[head:sub(1, 4)]
		if not how then return false end
		if Struct.unpack(how[1] .. "I4", head:sub(21, 24)) % 0x10000000 ~= LINKTYPE_MCTP then return false end
		capture.encap = encapsulation
		capture.time_precision = how[2] == 1 and wtap_tsprecs.NSEC or wtap_tsprecs.USEC
		capture.private_table = { order = how[1], unit = how[2] }
		return true
	end

	local function read_record(file, capture, frame_info)
		local how = capture.private_table
		local head = file:read(RECORD)
		if not head or #head < RECORD then return false end
		local seconds, rest, captured, original = Struct.unpack(how.order .. "I4I4I4I4", head)
		if captured > LONGEST then return false end
		local data = captured > 0 and file:read(captured) or ""
		if not data or #data < captured then return false end
		frame_info.rec_type = wtap_rec_types.PACKET
		frame_info.flags = wtap_presence_flags.TS + wtap_presence_flags.CAP_LEN
		frame_info.encap = encapsulation
		frame_info.time = NSTime(seconds, rest * how.unit)
		frame_info.captured_length, frame_info.original_length = captured, original
		frame_info.data = data
		return true
	end

	function reader.read(file, capture, frame_info)
		local offset = file:seek("cur")
		return read_record(file, capture, frame_info) and offset
	end

	function reader.seek_read(file, capture, frame_info, offset)
		file:seek("set", offset)
		return read_record(file, capture, frame_info)
	end

	register_filehandler(reader)
end

-- The entry that was made last is asked: ours, not a dissector that Wireshark has built in.
DissectorTable.get("wtap_encap"):add(encapsulation, mctp)
