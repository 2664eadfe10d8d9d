/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Compile-time limits of the library. Each has a default that a build may
 * override (-DROTOR_...=N, or all in a header of its own: -DROTOR_CONFIG_FILE='"..."'). Limits of one module stand
 * together; a module's header says what happens when a limit is met at run time.
 */
#ifndef ROTOR_CONFIG_H
#define ROTOR_CONFIG_H

#ifdef ROTOR_CONFIG_FILE
#include ROTOR_CONFIG_FILE
#endif

/* ---- crypto ---- */

/** Largest digest of any hash that may be negotiated, in bytes. */
#ifndef ROTOR_HASH_MAX
#define ROTOR_HASH_MAX 64
#endif
/** Bytes of storage in a struct rotor_hash; backends check that theirs fits. */
#ifndef ROTOR_HASH_STORAGE
#define ROTOR_HASH_STORAGE 232
#endif
/*
 * Groups of algorithms, each 1 or 0: one that is left out costs no code, and the buffers get smaller. What is built in is
 * offered where the backend has it too (docs/algorithms.md). P-256, P-384, SHA-2 and AES-GCM have no option here: what of
 * them a device has, its backend says.
 */
/** ECDSA and key exchange on P-521. */
#ifndef ROTOR_CRYPTO_P521
#define ROTOR_CRYPTO_P521 1
#endif
/** Ed25519 and Ed448. */
#ifndef ROTOR_CRYPTO_EDDSA
#define ROTOR_CRYPTO_EDDSA 1
#endif
/** Key exchange in the groups ffdhe2048, ffdhe3072 and ffdhe4096, whose exchange data have up to 512 bytes. */
#ifndef ROTOR_CRYPTO_FFDHE
#define ROTOR_CRYPTO_FFDHE 1
#endif
/** 0: certificates' validity is passed over, for a device without a clock, which could not judge it. */
#ifndef ROTOR_CERT_TIMES
#define ROTOR_CERT_TIMES 1
#endif
/** SHA3-256, SHA3-384 and SHA3-512. */
#ifndef ROTOR_CRYPTO_SHA3
#define ROTOR_CRYPTO_SHA3 1
#endif
/** ChaCha20-Poly1305. */
#ifndef ROTOR_CRYPTO_CHACHA
#define ROTOR_CRYPTO_CHACHA 1
#endif
/** RSA: bits of the largest keys, 2048, 3072 or 4096; 0 for no RSA. Images may be signed with 3072. */
#ifndef ROTOR_RSA_BITS_MAX
#define ROTOR_RSA_BITS_MAX 4096
#endif
/** Largest public key in the library's raw form (RSA: modulus and exponent), in bytes. */
#ifndef ROTOR_PUBLIC_KEY_MAX
#define ROTOR_PUBLIC_KEY_MAX                                                                       \
	(ROTOR_RSA_BITS_MAX ? ROTOR_RSA_BITS_MAX / 8 + 4 : ROTOR_CRYPTO_P521 ? 132 : 96)
#endif
/** Largest signature in the library's raw form, in bytes. */
#ifndef ROTOR_SIGNATURE_MAX
#define ROTOR_SIGNATURE_MAX                                                                        \
	(ROTOR_RSA_BITS_MAX   ? ROTOR_RSA_BITS_MAX / 8                                             \
	 : ROTOR_CRYPTO_P521  ? 132                                                                \
	 : ROTOR_CRYPTO_EDDSA ? 114                                                                \
			      : 96)
#endif
/** Largest private key of an elliptic curve, in bytes. */
#ifndef ROTOR_SCALAR_MAX
#define ROTOR_SCALAR_MAX (ROTOR_CRYPTO_P521 ? 66 : ROTOR_CRYPTO_EDDSA ? 57 : 48)
#endif
/** Largest private key in the library's raw form, in bytes. */
#ifndef ROTOR_PRIVATE_KEY_MAX
#define ROTOR_PRIVATE_KEY_MAX (ROTOR_RSA_BITS_MAX ? ROTOR_RSA_BITS_MAX / 8 + 4 : ROTOR_SCALAR_MAX)
#endif
/** Largest key-exchange public value (exchange data), in bytes. */
#ifndef ROTOR_KEX_PUBLIC_MAX
#define ROTOR_KEX_PUBLIC_MAX (ROTOR_CRYPTO_FFDHE ? 512 : ROTOR_CRYPTO_P521 ? 132 : 96)
#endif
/** Largest key-exchange private key and shared secret, in bytes. */
#ifndef ROTOR_KEX_SECRET_MAX
#define ROTOR_KEX_SECRET_MAX (ROTOR_CRYPTO_FFDHE ? 512 : ROTOR_CRYPTO_P521 ? 66 : 48)
#endif
/** Most certificates in one chain, root included. */
#ifndef ROTOR_CERT_CHAIN_DEPTH_MAX
#define ROTOR_CERT_CHAIN_DEPTH_MAX 6
#endif

/* ---- mctp ---- */

/** Default time in which all packets of a message must come in, in ms. */
#ifndef ROTOR_MCTP_REASSEMBLY_MS
#define ROTOR_MCTP_REASSEMBLY_MS 5000
#endif
/** Largest payload of a packet over SMBus (transmission unit, 64 to 250), in bytes; sizes the frame buffer. */
#ifndef ROTOR_SMBUS_UNIT
#define ROTOR_SMBUS_UNIT 250
#endif
/** Default number of transfers of one SMBus frame before it is given up. */
#ifndef ROTOR_SMBUS_TRIES
#define ROTOR_SMBUS_TRIES 8
#endif
/** The same for a probe of an address where perhaps nobody is. */
#ifndef ROTOR_SMBUS_PROBE_TRIES
#define ROTOR_SMBUS_PROBE_TRIES 2
#endif
/** Default wait after a failed SMBus transfer, in ms; doubled after each further one. */
#ifndef ROTOR_SMBUS_BACKOFF_MS
#define ROTOR_SMBUS_BACKOFF_MS 1
#endif
/** Largest answer of the control responder without the type byte, in bytes; at most 63 (one packet). */
#ifndef ROTOR_MCTP_CONTROL_ANSWER_MAX
#define ROTOR_MCTP_CONTROL_ANSWER_MAX 63
#endif
/** Answers of the control responder that may be on their way out at once. */
#ifndef ROTOR_MCTP_CONTROL_ANSWERS
#define ROTOR_MCTP_CONTROL_ANSWERS 2
#endif
/** Endpoints can be ports of a bridge (rotor/mctp_bridge.h). */
#ifndef ROTOR_MCTP_BRIDGE
#define ROTOR_MCTP_BRIDGE 1
#endif
/** Default time that a packet may wait in a bridge for the other port, in ms. */
#ifndef ROTOR_MCTP_BRIDGE_KEEP_MS
#define ROTOR_MCTP_BRIDGE_KEEP_MS 500
#endif
/** Most message types, and versions of one, that the bus owner notes of an endpoint. */
#ifndef ROTOR_MCTP_FOUND_TYPES
#define ROTOR_MCTP_FOUND_TYPES 16
#endif
#ifndef ROTOR_MCTP_FOUND_VERSIONS
#define ROTOR_MCTP_FOUND_VERSIONS 4
#endif

/* ---- spdm messages ---- */

/**
 * The versions of SPDM that the build speaks, as enum rotor_spdm_version_number has them; what only others have is left out
 * of the codecs. Messages that come before a version is agreed on are of 1.0 in any case.
 */
#ifndef ROTOR_SPDM_VERSION_MIN
#define ROTOR_SPDM_VERSION_MIN 0x10
#endif
#ifndef ROTOR_SPDM_VERSION_MAX
#define ROTOR_SPDM_VERSION_MAX 0x14
#endif

/** Most algorithm structure tables in one NEGOTIATE_ALGORITHMS or ALGORITHMS (1.3 defines four types). */
#ifndef ROTOR_SPDM_ALG_TABLES_MAX
#define ROTOR_SPDM_ALG_TABLES_MAX 6
#endif

/* ---- spdm roles ---- */

/** What a build can do without, 1 or 0. Features of a responder (rotor/spdm_features.h). */
#ifndef ROTOR_SPDM_FEATURES
#define ROTOR_SPDM_FEATURES 1
#endif
/** Of these, what others have to know of: RESPOND_IF_READY; authentication of the requester after CHALLENGE. */
#ifndef ROTOR_SPDM_RESPOND_IF_READY_FEATURE
#define ROTOR_SPDM_RESPOND_IF_READY_FEATURE ROTOR_SPDM_FEATURES
#endif
#ifndef ROTOR_SPDM_CHALLENGE_MUTUAL_FEATURE
#define ROTOR_SPDM_CHALLENGE_MUTUAL_FEATURE ROTOR_SPDM_FEATURES
#endif
/** Connections in which a side has several keys (1.3). */
#ifndef ROTOR_SPDM_MULTI_KEY
#define ROTOR_SPDM_MULTI_KEY 1
#endif
/** Public keys that are provisioned without certificates. */
#ifndef ROTOR_SPDM_PUBLIC_KEYS
#define ROTOR_SPDM_PUBLIC_KEYS 1
#endif
/** Handshakes in the clear. */
#ifndef ROTOR_SPDM_CLEAR_HANDSHAKE
#define ROTOR_SPDM_CLEAR_HANDSHAKE 1
#endif
/** Sessions that authenticate, but do not encrypt. */
#ifndef ROTOR_SPDM_PLAIN_RECORDS
#define ROTOR_SPDM_PLAIN_RECORDS 1
#endif

/** Connections (peers) that a responder keeps apart. With all in use, the least recently used one without a session goes. */
#ifndef ROTOR_SPDM_CONNECTIONS
#define ROTOR_SPDM_CONNECTIONS 2
#endif
/** Sessions that a responder holds at a time; 0 builds a responder that only attests. */
#ifndef ROTOR_SPDM_SESSIONS
#define ROTOR_SPDM_SESSIONS 1
#endif
/** Bytes kept of the first three exchanges (VERSION, CAPABILITIES, ALGORITHMS), which come before a hash is agreed. */
#ifndef ROTOR_SPDM_VCA_MAX
#define ROTOR_SPDM_VCA_MAX 256
#endif
/** 0: a build without a requester, whose codecs of CAPABILITIES and ALGORITHMS go the responder's way only. */
#ifndef ROTOR_SPDM_REQUESTER_CODECS
#define ROTOR_SPDM_REQUESTER_CODECS 1
#endif
/** 1: a responder's configuration may say which algorithms it selects; 0: it has rotor's own order, and less code. */
#ifndef ROTOR_SPDM_PREFERENCES
#define ROTOR_SPDM_PREFERENCES 1
#endif
/** How far ahead of the expected sequence number a record may be and still be taken; 1 takes exactly the next. */
#ifndef ROTOR_SPDM_SEQUENCE_WINDOW
#define ROTOR_SPDM_SEQUENCE_WINDOW 16
#endif
/** Milliseconds from KEY_EXCHANGE to a good FINISH, after which a responder forgets the half-open session. */
#ifndef ROTOR_SPDM_HANDSHAKE_MS
#define ROTOR_SPDM_HANDSHAKE_MS 20000
#endif
/** Milliseconds after which the same clear request without a nonce counts as a retry (DSP0274 ST1 is 100 ms). */
#ifndef ROTOR_SPDM_RETRY_MS
#define ROTOR_SPDM_RETRY_MS 50
#endif

/* ---- boot ---- */

/** Largest program unit of a flash, and the page that an update is buffered in, in bytes; a power of two. */
#ifndef ROTOR_BOOT_PAGE_MAX
#define ROTOR_BOOT_PAGE_MAX 256
#endif
/**
 * Bytes read from flash at once while an image is verified or copied; at least ROTOR_IMAGE_WORK_MIN, and in a device at most
 * ROTOR_DEVICE_TRANSFER_MAX.
 */
#ifndef ROTOR_BOOT_WORK_SIZE
#define ROTOR_BOOT_WORK_SIZE 1024
#endif
/** Most image keys in the fuses. */
#ifndef ROTOR_BOOT_KEYS_MAX
#define ROTOR_BOOT_KEYS_MAX 4
#endif
/** Highest security version that the floor's fuses can hold; an image that claims more is refused. */
#ifndef ROTOR_BOOT_FLOOR_MAX
#define ROTOR_BOOT_FLOOR_MAX 256
#endif
/** Most trust anchors for agents. */
#ifndef ROTOR_BOOT_ANCHORS_MAX
#define ROTOR_BOOT_ANCHORS_MAX 4
#endif
/** Starts that a slot gets to confirm itself when nothing else says how many, at least 1. */
#ifndef ROTOR_BOOT_TRIES
#define ROTOR_BOOT_TRIES 3
#endif
/** Seconds that firmware on trial has for its proof, where policy asks for one and names no time. */
#ifndef ROTOR_BOOT_CONFIRM_SECONDS
#define ROTOR_BOOT_CONFIRM_SECONDS 120
#endif
/** Largest certificate chain of the device, the runtime's certificate included, in bytes. */
#ifndef ROTOR_BOOT_CHAIN_MAX
#define ROTOR_BOOT_CHAIN_MAX 4096
#endif
/** Largest store (certificates, configuration) in flash, in bytes. */
#ifndef ROTOR_BOOT_STORE_MAX
#define ROTOR_BOOT_STORE_MAX 4096
#endif
/** Largest DiceTcbInfo, in bytes. */
#ifndef ROTOR_BOOT_TCB_INFO_MAX
#define ROTOR_BOOT_TCB_INFO_MAX 320
#endif
/** Most measurements in the log. */
#ifndef ROTOR_MEASUREMENTS_MAX
#define ROTOR_MEASUREMENTS_MAX 12
#endif

/* ---- pldm ---- */

/** Most components that a device's update may have (bits of a mask: at most 32). */
#ifndef ROTOR_PLDM_FD_COMPONENTS_MAX
#define ROTOR_PLDM_FD_COMPONENTS_MAX 8
#endif
/**
 * 1: a device may fetch data beside the image (package data, metadata, opaque data), and keep or copy what of an image it
 * has; 0: it has no code for that.
 */
#ifndef ROTOR_PLDM_FD_LESS
#define ROTOR_PLDM_FD_LESS 1
#endif
/** Most RequestFirmwareData that a device has out at once; each more costs some 32 bytes, and a transfer buffer. 1 makes the code smaller. */
#ifndef ROTOR_PLDM_FD_OUTSTANDING_MAX
#define ROTOR_PLDM_FD_OUTSTANDING_MAX 4
#endif
/** Most components that an agent's update may have (bits of a mask: at most 32). */
#ifndef ROTOR_PLDM_UA_COMPONENTS_MAX
#define ROTOR_PLDM_UA_COMPONENTS_MAX 32
#endif

/* ---- trace (on a host only) ---- */

/** Longest message that is put together, in bytes. */
#ifndef ROTOR_TRACE_MESSAGE_MAX
#define ROTOR_TRACE_MESSAGE_MAX 65540
#endif
/** Messages that may be incomplete at the same time. */
#ifndef ROTOR_TRACE_SLOTS
#define ROTOR_TRACE_SLOTS 8
#endif
/** Pairs of endpoints whose SPDM connection is followed; the first is forgotten for a new one. */
#ifndef ROTOR_TRACE_CONNECTIONS
#define ROTOR_TRACE_CONNECTIONS 8
#endif
/** Sessions in a key log. */
#ifndef ROTOR_TRACE_SESSIONS
#define ROTOR_TRACE_SESSIONS 32
#endif
/** Fields of one message, and characters of all its texts; what is over is left out. */
#ifndef ROTOR_TRACE_FIELDS_MAX
#define ROTOR_TRACE_FIELDS_MAX 64
#endif
#ifndef ROTOR_TRACE_TEXT_MAX
#define ROTOR_TRACE_TEXT_MAX 8192
#endif

/* ---- device ---- */

/** Largest RequestFirmwareData that the device makes, in bytes. */
#ifndef ROTOR_DEVICE_TRANSFER_MAX
#define ROTOR_DEVICE_TRANSFER_MAX 2048
#endif
/** Blocks of a block map that a device looks for in its flash (a bit or two each); those beyond are asked for. */
#ifndef ROTOR_DEVICE_MAP_BLOCKS
#define ROTOR_DEVICE_MAP_BLOCKS 1024
#endif
/** 1: a device may have a chip behind it that it updates (rotor_device_config.downstream); 0: it has no code for that. */
#ifndef ROTOR_DOWNSTREAM
#define ROTOR_DOWNSTREAM ROTOR_PLDM_FD_LESS
#endif
/**
 * Transfer buffers: so many blocks are asked for or wait to be written, at most ROTOR_PLDM_FD_OUTSTANDING_MAX. With two the
 * next block comes in while one is written.
 */
#ifndef ROTOR_DEVICE_TRANSFERS
#define ROTOR_DEVICE_TRANSFERS 2
#endif
/** Messages of several packets that may be coming in, or waiting, at once. */
#ifndef ROTOR_DEVICE_MESSAGES
#define ROTOR_DEVICE_MESSAGES 2
#endif
/**
 * Time in which all packets of a message must come in, in ms. One packet lost leaves the place of its message taken for
 * so long: shorter than what requesters wait before they ask again, longer than the largest message takes at 100 kHz.
 */
#ifndef ROTOR_DEVICE_REASSEMBLY_MS
#define ROTOR_DEVICE_REASSEMBLY_MS 1000
#endif
/** The SPDM responder's message buffer, in bytes; bounds its longest answer. */
#ifndef ROTOR_DEVICE_SPDM_BUFFER
#define ROTOR_DEVICE_SPDM_BUFFER 1536
#endif
/** Longest certificate chain of an update agent, in bytes. */
#ifndef ROTOR_DEVICE_PEER_CHAIN_MAX
#define ROTOR_DEVICE_PEER_CHAIN_MAX 2048
#endif
/** Time between two looks at what does not run (other slot, recovery image), in ms. */
#ifndef ROTOR_DEVICE_SCRUB_MS
#define ROTOR_DEVICE_SCRUB_MS 3600000
#endif
/** Whether the device has texts for config.log in it; 0 for one without a console, to save the room that they take. */
#ifndef ROTOR_DEVICE_TEXTS
#define ROTOR_DEVICE_TEXTS 1
#endif
/** Starts that new firmware gets to confirm itself. */
#ifndef ROTOR_DEVICE_TRIES
#define ROTOR_DEVICE_TRIES 1
#endif

/* ---- agent ---- */

/** Devices that an agent knows on one bus. */
#ifndef ROTOR_AGENT_DEVICES
#define ROTOR_AGENT_DEVICES 32
#endif
/** Largest firmware data that an agent sends in one answer, in bytes. */
#ifndef ROTOR_AGENT_TRANSFER_MAX
#define ROTOR_AGENT_TRANSFER_MAX 4096
#endif
/** Answers with firmware data that an agent has under way for one device: requests that the device may have out at once. */
#ifndef ROTOR_AGENT_OUTSTANDING
#define ROTOR_AGENT_OUTSTANDING 4
#endif
/** Messages that may be coming in at once, and the largest of them in bytes. */
#ifndef ROTOR_AGENT_MESSAGES
#define ROTOR_AGENT_MESSAGES 8
#endif
#ifndef ROTOR_AGENT_MESSAGE_MAX
#define ROTOR_AGENT_MESSAGE_MAX 8192
#endif
/** Buffers of a job, in bytes: SPDM messages, the device's chain, its measurements. */
#ifndef ROTOR_AGENT_SPDM_BUFFER
#define ROTOR_AGENT_SPDM_BUFFER 4096
#endif
#ifndef ROTOR_AGENT_CHAIN_MAX
#define ROTOR_AGENT_CHAIN_MAX 16384
#endif
#ifndef ROTOR_AGENT_MEASUREMENTS_MAX
#define ROTOR_AGENT_MEASUREMENTS_MAX 8192
#endif
/** Bytes of its own data that a device may have kept during an update (65,535: any); one that has more is not updated. */
#ifndef ROTOR_AGENT_META_DATA_MAX
#define ROTOR_AGENT_META_DATA_MAX 65535
#endif
/** Descriptors of a device. */
#ifndef ROTOR_AGENT_DESCRIPTORS_MAX
#define ROTOR_AGENT_DESCRIPTORS_MAX 16
#endif
/** Bytes of what a device tells of those behind it: some hundred for each. */
#ifndef ROTOR_AGENT_DOWNSTREAM_MAX
#define ROTOR_AGENT_DOWNSTREAM_MAX 4096
#endif
/** Components of a package that are for one device and those behind it. */
#ifndef ROTOR_AGENT_ITEMS_MAX
#define ROTOR_AGENT_ITEMS_MAX 32
#endif

#endif
