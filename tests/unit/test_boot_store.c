/* SPDX-License-Identifier: Apache-2.0 */
/* Layout, stores, measurement log and handoff: what is written is read, and damage is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/boot_handoff.h"
#include "rotor/boot_store.h"
#include "support/boot_device.h"

/* ---- layout ---- */

static void a_layout_has_room_for_everything_and_overlaps_nothing(void **state)
{
	(void)state;
	static const uint32_t cases[][4] = {
	    {4096, 256, 1048576, 524288}, {4096, 1, 1, 0}, {64, 16, 100, 100}, {65536, 8, 9, 9}};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_flash_layout layout, back;
		uint8_t bytes[ROTOR_FLASH_LAYOUT_SIZE + 1];
		size_t len;
		assert_int_equal(rotor_flash_layout_make(cases[i][0], cases[i][1], cases[i][2],
							 cases[i][3], &layout),
				 ROTOR_OK);
		assert_true(layout.region[ROTOR_REGION_SLOT_A].size >= cases[i][2]);
		assert_int_equal(layout.region[ROTOR_REGION_SLOT_A].size,
				 layout.region[ROTOR_REGION_SLOT_B].size);
		assert_true(layout.region[ROTOR_REGION_RECORD_A].size >= ROTOR_BOOT_RECORD_SIZE);
		assert_int_equal(rotor_flash_layout_check(&layout), ROTOR_OK);
		assert_int_equal(rotor_flash_layout_encode(&layout, bytes, sizeof(bytes), &len),
				 ROTOR_OK);
		assert_int_equal(len, ROTOR_FLASH_LAYOUT_SIZE);
		assert_int_equal(rotor_flash_layout_decode(bytes, sizeof(bytes), &back), ROTOR_OK);
		assert_memory_equal(&layout, &back, sizeof(layout));
		for (size_t bit = 0; bit < len * 8; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_not_equal(rotor_flash_layout_decode(bytes, len, &back),
					     ROTOR_OK);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		assert_int_equal(rotor_flash_layout_decode(bytes, len - 1, &back),
				 ROTOR_ERR_LENGTH);
		assert_int_equal(rotor_flash_layout_encode(&layout, bytes, len - 1, &len),
				 ROTOR_ERR_SPACE);
	}
}

static void impossible_layouts_are_refused(void **state)
{
	(void)state;
	static const uint32_t sizes[][4] = {
	    {0, 1, 100, 0},
	    {4096, 0, 100, 0},
	    {4096, 3, 100, 0},
	    {4096, 512, 100, 0},
	    {100, 16, 100, 0},
	    {4096, 256, 0, 0},
	    {4096, 256, 0x80000000u, 0x1000},
	};
	struct rotor_flash_layout good, layout;
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		assert_int_equal(rotor_flash_layout_make(sizes[i][0], sizes[i][1], sizes[i][2],
							 sizes[i][3], &layout),
				 ROTOR_ERR_ARGUMENT);
	}
	assert_int_equal(rotor_flash_layout_make(256, 4, 1024, 1024, &good), ROTOR_OK);
	static const struct {
		enum rotor_flash_region_id id;
		struct rotor_flash_region region;
	} cases[] = {
	    {ROTOR_REGION_LAYOUT, {256, 256}},         /* not at 0 */
	    {ROTOR_REGION_SLOT_A, {256, 1024}},        /* over a record */
	    {ROTOR_REGION_SLOT_A, {1, 1024}},          /* not aligned */
	    {ROTOR_REGION_SLOT_A, {768, 1000}},        /* not whole sectors */
	    {ROTOR_REGION_SLOT_A, {768, 0}},           /* empty */
	    {ROTOR_REGION_CONFIG, {0xffffff00u, 512}}, /* past the end, and around */
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		layout = good;
		layout.region[cases[i].id] = cases[i].region;
		assert_int_equal(rotor_flash_layout_check(&layout), ROTOR_ERR_FORMAT);
	}
}

static void the_flash_port_is_never_asked_for_what_is_not_there(void **state)
{
	(void)state;
	struct sim_power power = {0};
	struct sim_flash f;
	uint8_t bytes[512] = {0};
	(void)sim_flash_init(&f, &power, &(struct rotor_flash_geometry){1024, 256, 4});
	assert_int_equal(rotor_boot_flash_read(&f.port, 1000, bytes, 24), ROTOR_OK);
	assert_int_equal(rotor_boot_flash_read(&f.port, 1000, bytes, 25), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_read(&f.port, UINT32_MAX, bytes, 2), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_erase(&f.port, 128), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_erase(&f.port, 1024), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_program(&f.port, 2, bytes, 4), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_program(&f.port, 4, bytes, 6), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_program(&f.port, 4, bytes, 0), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_program(&f.port, 252, bytes, 8), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_program(&f.port, 1020, bytes, 8), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_flash_program(&f.port, 252, bytes, 4), ROTOR_OK);
	sim_flash_free(&f);
}

/* ---- stores ---- */

static const uint8_t anchor_bytes[] = {0x30, 0x02, 1, 2};

static struct rotor_boot_config sample_config(void)
{
	struct rotor_boot_config config = {
	    .policy = ROTOR_BOOT_POLICY_CLEAR_UPDATE,
	    .vendor_name = {(const uint8_t *)"Vendor", 6},
	    .model_name = {(const uint8_t *)"Model", 5},
	    .anchor = {{anchor_bytes, 4}, {anchor_bytes, 3}},
	    .anchor_count = 2,
	};
	memset(config.device_uuid, 1, sizeof(config.device_uuid));
	memset(config.vendor_id, 2, sizeof(config.vendor_id));
	memset(config.class_id, 3, sizeof(config.class_id));
	return config;
}

static void a_configuration_is_read_as_it_was_written(void **state)
{
	(void)state;
	struct rotor_boot_config config = sample_config(), back;
	uint8_t bytes[512];
	size_t len, none;
	assert_int_equal(rotor_boot_config_encode(&config, bytes, sizeof(bytes), &len), ROTOR_OK);
	assert_int_equal(rotor_boot_config_decode(bytes, sizeof(bytes), &back), ROTOR_OK);
	assert_memory_equal(back.device_uuid, config.device_uuid, 16);
	assert_memory_equal(back.vendor_id, config.vendor_id, 16);
	assert_memory_equal(back.class_id, config.class_id, 16);
	assert_int_equal(back.policy, config.policy);
	assert_int_equal(back.vendor_name.len, 6);
	assert_memory_equal(back.model_name.data, "Model", 5);
	assert_int_equal(back.anchor_count, 2);
	assert_int_equal(back.anchor[1].len, 3);
	for (size_t cap = 0; cap < len; cap++) {
		assert_int_equal(rotor_boot_config_encode(&config, bytes, cap, &none),
				 ROTOR_ERR_SPACE);
	}
	assert_int_equal(rotor_boot_config_encode(&config, bytes, sizeof(bytes), &len), ROTOR_OK);
	for (size_t bit = 0; bit < len * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(rotor_boot_config_decode(bytes, len, &back), ROTOR_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(rotor_boot_config_decode(bytes, cut, &back), ROTOR_ERR_LENGTH);
	}
	config.anchor_count = ROTOR_BOOT_ANCHORS_MAX + 1;
	assert_int_equal(rotor_boot_config_encode(&config, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
}

static void a_configuration_that_lacks_or_twists_an_item_is_refused(void **state)
{
	(void)state;
	static const uint8_t uuid[17] = {1};
	static const struct {
		enum rotor_store_item item;
		size_t len;
		unsigned times;
		enum rotor_status status;
	} cases[] = {
	    {ROTOR_STORE_CLASS_ID, 16, 1, ROTOR_OK},
	    {ROTOR_STORE_CLASS_ID, 16, 0, ROTOR_ERR_NOT_FOUND},
	    {ROTOR_STORE_CLASS_ID, 17, 1, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_CLASS_ID, 15, 1, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_POLICY, 3, 1, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_POLICY, 5, 1, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_CONFIRM_SECONDS, 2, 1, ROTOR_OK},
	    {ROTOR_STORE_CONFIRM_SECONDS, 1, 1, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_CONFIRM_SECONDS, 4, 1, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_AGENT_ANCHOR, 4, ROTOR_BOOT_ANCHORS_MAX, ROTOR_OK},
	    {ROTOR_STORE_AGENT_ANCHOR, 4, ROTOR_BOOT_ANCHORS_MAX + 1, ROTOR_ERR_SPACE},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t bytes[512];
		size_t len;
		struct rotor_boot_config back;
		struct rotor_store_writer s =
		    rotor_store_begin(ROTOR_STORE_CONFIG, bytes, sizeof(bytes));
		rotor_store_add(&s, ROTOR_STORE_DEVICE_UUID, uuid, 16);
		rotor_store_add(&s, ROTOR_STORE_VENDOR_ID, uuid, 16);
		if (cases[i].item != ROTOR_STORE_CLASS_ID) {
			rotor_store_add(&s, ROTOR_STORE_CLASS_ID, uuid, 16);
		}
		for (unsigned n = 0; n < cases[i].times; n++) {
			rotor_store_add(&s, cases[i].item, uuid, cases[i].len);
		}
		assert_int_equal(rotor_store_end(&s, &len), ROTOR_OK);
		assert_int_equal(rotor_boot_config_decode(bytes, len, &back), cases[i].status);
	}
}

static void the_configuration_digest_covers_the_product_and_not_the_device(void **state)
{
	(void)state;
	const struct rotor_crypto *crypto = &rotor_crypto_mbedtls;
	uint8_t digest[10][ROTOR_BOOT_DIGEST_SIZE];
	struct rotor_boot_config config[10];
	for (size_t i = 0; i < 10; i++) {
		config[i] = sample_config();
	}
	config[1].device_uuid[0] ^= 1; /* 1 and 2 change nothing */
	config[2].anchor_count = 0;
	config[3].vendor_id[15] ^= 1;
	config[4].class_id[0] ^= 1;
	config[5].policy ^= 1;
	config[6].vendor_name.len--;
	config[7].model_name.len--;
	/* the same bytes, divided otherwise */
	config[8].vendor_name = (struct rotor_bytes){(const uint8_t *)"VendorM", 7};
	config[8].model_name = (struct rotor_bytes){(const uint8_t *)"odel", 4};
	config[9].confirm_seconds ^= 1;
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(rotor_boot_config_digest(crypto, &config[i], digest[i]), ROTOR_OK);
	}
	assert_memory_equal(digest[0], digest[1], sizeof(digest[0]));
	assert_memory_equal(digest[0], digest[2], sizeof(digest[0]));
	for (size_t i = 3; i < 10; i++) {
		assert_memory_not_equal(digest[0], digest[i], sizeof(digest[0]));
	}
}

static void settings_are_read_as_they_were_written(void **state)
{
	(void)state;
	static const uint8_t first[] = "one anchor", second[] = "another", key[48] = "a key";
	const struct rotor_boot_settings settings = {
	    .anchor = {{first, sizeof(first)}, {second, sizeof(second)}},
	    .anchor_count = 2,
	    .revoked = {{key, sizeof(key)}},
	    .revoked_count = 1,
	};
	struct rotor_boot_settings back, wrong = settings;
	uint8_t bytes[512], digest[2][ROTOR_BOOT_DIGEST_SIZE];
	size_t len, none;
	assert_int_equal(rotor_boot_settings_encode(&settings, bytes, sizeof(bytes), &len),
			 ROTOR_OK);
	assert_int_equal(rotor_boot_settings_decode(bytes, len, &back), ROTOR_OK);
	assert_int_equal(back.anchor_count, 2);
	assert_memory_equal(back.anchor[1].data, second, sizeof(second));
	assert_int_equal(back.revoked_count, 1);
	assert_memory_equal(back.revoked[0].data, key, sizeof(key));
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_not_equal(rotor_boot_settings_decode(bytes, cut, &back), ROTOR_OK);
		assert_int_equal(rotor_boot_settings_encode(&settings, bytes, cut, &none),
				 ROTOR_ERR_SPACE);
		assert_int_equal(rotor_boot_settings_encode(&settings, bytes, sizeof(bytes), &len),
				 ROTOR_OK);
	}
	wrong.anchor_count = 0;
	assert_int_equal(rotor_boot_settings_encode(&wrong, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	wrong = settings;
	wrong.revoked[0].len = 47;
	assert_int_equal(rotor_boot_settings_encode(&wrong, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	/* the digest is of these anchors in this order, wherever they stand */
	assert_int_equal(
	    rotor_boot_anchors_digest(&rotor_crypto_mbedtls, settings.anchor, 2, digest[0]),
	    ROTOR_OK);
	const struct rotor_bytes turned[] = {settings.anchor[1], settings.anchor[0]};
	assert_int_equal(rotor_boot_anchors_digest(&rotor_crypto_mbedtls, turned, 2, digest[1]),
			 ROTOR_OK);
	assert_memory_not_equal(digest[0], digest[1], sizeof(digest[0]));
}

static void settings_that_say_something_else_are_refused(void **state)
{
	(void)state;
	static const uint8_t value[49] = {1};
	static const struct {
		enum rotor_store_kind kind;
		unsigned anchors;
		size_t anchor_len;
		unsigned keys;
		size_t key_len;
		unsigned others;
		enum rotor_status status;
	} cases[] = {
	    {ROTOR_STORE_SETTINGS, 1, 9, 0, 48, 0, ROTOR_OK},
	    {ROTOR_STORE_SETTINGS, ROTOR_BOOT_ANCHORS_MAX, 9, ROTOR_BOOT_KEYS_MAX, 48, 0, ROTOR_OK},
	    {ROTOR_STORE_CONFIG, 1, 9, 0, 48, 0, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_SETTINGS, 0, 9, 1, 48, 0, ROTOR_ERR_NOT_FOUND},
	    {ROTOR_STORE_SETTINGS, 1, 0, 1, 48, 0, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_SETTINGS, 1, 9, 1, 47, 0, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_SETTINGS, 1, 9, 1, 49, 0, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_SETTINGS, 1, 9, 0, 48, 1, ROTOR_ERR_FORMAT},
	    {ROTOR_STORE_SETTINGS, ROTOR_BOOT_ANCHORS_MAX + 1, 9, 0, 48, 0, ROTOR_ERR_SPACE},
	    {ROTOR_STORE_SETTINGS, 1, 9, ROTOR_BOOT_KEYS_MAX + 1, 48, 0, ROTOR_ERR_SPACE},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t bytes[512];
		size_t len;
		struct rotor_boot_settings back;
		struct rotor_store_writer s =
		    rotor_store_begin(cases[i].kind, bytes, sizeof(bytes));
		for (unsigned n = 0; n < cases[i].anchors; n++) {
			rotor_store_add(&s, ROTOR_STORE_AGENT_ANCHOR, value, cases[i].anchor_len);
		}
		for (unsigned n = 0; n < cases[i].keys; n++) {
			rotor_store_add(&s, ROTOR_STORE_REVOKED_KEY, value, cases[i].key_len);
		}
		for (unsigned n = 0; n < cases[i].others; n++) {
			rotor_store_add(&s, ROTOR_STORE_POLICY, value, 4);
		}
		assert_int_equal(rotor_store_end(&s, &len), ROTOR_OK);
		assert_int_equal(rotor_boot_settings_decode(bytes, len, &back), cases[i].status);
	}
}

static void certificates_are_kept_in_order(void **state)
{
	(void)state;
	uint8_t bytes[128];
	size_t len, count;
	struct rotor_bytes back[3];
	const struct rotor_bytes certs[] = {
	    {anchor_bytes, 4}, {anchor_bytes + 1, 3}, {anchor_bytes, 2}};
	assert_int_equal(rotor_boot_certificates_encode(certs, 3, bytes, sizeof(bytes), &len),
			 ROTOR_OK);
	assert_int_equal(rotor_boot_certificates_decode(bytes, len, back, 3, &count), ROTOR_OK);
	assert_int_equal(count, 3);
	assert_int_equal(back[1].len, 3);
	assert_memory_equal(back[1].data, anchor_bytes + 1, 3);
	assert_int_equal(rotor_boot_certificates_decode(bytes, len, back, 2, &count),
			 ROTOR_ERR_SPACE);
	assert_int_equal(rotor_boot_certificates_encode(certs, 0, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_certificates_encode(certs, ROTOR_CERT_CHAIN_DEPTH_MAX, bytes,
							sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	/* a store of another kind */
	struct rotor_boot_config config;
	assert_int_equal(rotor_boot_config_decode(bytes, sizeof(bytes), &config), ROTOR_ERR_FORMAT);
	struct rotor_store_writer s =
	    rotor_store_begin(ROTOR_STORE_CERTIFICATES, bytes, sizeof(bytes));
	assert_int_equal(rotor_store_end(&s, &len), ROTOR_OK);
	assert_int_equal(rotor_boot_certificates_decode(bytes, len, back, 3, &count),
			 ROTOR_ERR_NOT_FOUND);
}

static void a_store_is_read_from_its_region(void **state)
{
	(void)state;
	struct sim_power power = {0};
	struct sim_flash f;
	struct rotor_bytes items;
	uint8_t bytes[512], buf[512];
	size_t len;
	enum rotor_status status;
	const struct rotor_boot_config config = sample_config();
	const struct rotor_flash_region region = {256, 512};
	(void)sim_flash_init(&f, &power, &(struct rotor_flash_geometry){1024, 256, 4});
	f.pending = 2;
	SETTLE(status,
	       rotor_store_read(&f.port, &region, ROTOR_STORE_CONFIG, buf, sizeof(buf), &items));
	assert_int_equal(status, ROTOR_ERR_FORMAT);
	assert_int_equal(rotor_boot_config_encode(&config, bytes, sizeof(bytes), &len), ROTOR_OK);
	sim_flash_put(&f, &region, bytes, len);
	SETTLE(status,
	       rotor_store_read(&f.port, &region, ROTOR_STORE_CONFIG, buf, sizeof(buf), &items));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(items.len, len - ROTOR_STORE_OVERHEAD);
	SETTLE(status,
	       rotor_store_read(&f.port, &region, ROTOR_STORE_CONFIG, buf, len - 1, &items));
	assert_int_equal(status, ROTOR_ERR_SPACE);
	sim_flash_free(&f);
}

/* ---- measurements ---- */

static void measurements_rise_and_fit(void **state)
{
	(void)state;
	struct rotor_measurement_log log = {0}, back;
	uint8_t value[ROTOR_MEASUREMENT_VALUE_MAX + 1] = {5}, bytes[256];
	assert_int_equal(rotor_measurement_add(&log, 0, 0, value, 1), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_measurement_add(&log, 2, 0x81, value, 3), ROTOR_OK);
	assert_int_equal(rotor_measurement_add(&log, 2, 0, value, 1), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_measurement_add(&log, 3, 0, value, sizeof(value)),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_measurement_add(&log, 0x10, 0, value, 48), ROTOR_OK);
	assert_null(rotor_measurement_find(&log, 3));
	assert_true(rotor_measurement_find(&log, 2)->tcb);
	assert_false(rotor_measurement_find(&log, 0x10)->tcb);

	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
	rotor_measurement_log_write(&log, &w);
	struct rotor_reader r = rotor_reader(bytes, w.len);
	assert_int_equal(rotor_measurement_log_read(&r, &back), ROTOR_OK);
	assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
	assert_memory_equal(&log, &back, sizeof(log));
	for (size_t cut = 0; cut < w.len; cut++) {
		r = rotor_reader(bytes, cut);
		assert_int_not_equal(rotor_measurement_log_read(&r, &back), ROTOR_OK);
	}
	bytes[3] = 0; /* outside the TCB, it says */
	r = rotor_reader(bytes, w.len);
	assert_int_equal(rotor_measurement_log_read(&r, &back), ROTOR_ERR_FORMAT);
	bytes[0] = ROTOR_MEASUREMENTS_MAX + 1;
	r = rotor_reader(bytes, w.len);
	assert_int_equal(rotor_measurement_log_read(&r, &back), ROTOR_ERR_SPACE);
	log = (struct rotor_measurement_log){0};
	for (uint8_t i = 1; i <= ROTOR_MEASUREMENTS_MAX; i++) {
		assert_int_equal(rotor_measurement_add(&log, i, 0, value, 1), ROTOR_OK);
	}
	assert_int_equal(rotor_measurement_add(&log, 200, 0, value, 1), ROTOR_ERR_SPACE);
	assert_string_equal(rotor_measurement_name(ROTOR_MEASURE_FLOOR), "security floor");
	assert_string_equal(rotor_measurement_name(77), "measurement");
}

/* ---- handoff ---- */

static struct rotor_boot_handoff handoff, handoff_back;

static void fill_handoff(void)
{
	memset(&handoff, 0, sizeof(handoff));
	handoff.slot = ROTOR_BOOT_SLOT_B;
	handoff.trial = true;
	handoff.tries_left = 2;
	handoff.security_floor = 0x01020304;
	handoff.version = (struct rotor_image_version){1, 2, 3, 4};
	handoff.security_version = 9;
	memset(handoff.device_uuid, 0xd, 16);
	memset(handoff.vendor_id, 0xe, 16);
	memset(handoff.class_id, 0xf, 16);
	handoff.policy = 5;
	handoff.confirm_seconds = 600;
	handoff.anchors_source = ROTOR_BOOT_ANCHORS_SETTINGS;
	handoff.anchors_offset = 0x11223344;
	handoff.anchors_len = 0x55667788;
	handoff.settings_version = (struct rotor_image_version){5, 6, 7, 8};
	handoff.key_hash_count = 2;
	memset(handoff.key_hash, 0x21, (size_t)2 * ROTOR_BOOT_DIGEST_SIZE);
	assert_int_equal(rotor_flash_layout_make(4096, 256, 65536, 0, &handoff.layout), ROTOR_OK);
	assert_int_equal(rotor_measurement_add(&handoff.measurements, 1, 1, "value", 5), ROTOR_OK);
	handoff.key_len = 48;
	memset(handoff.key, 0x55, 48);
	handoff.chain_len = 700;
	memset(handoff.chain, 0x30, 700);
}

static void a_handoff_arrives_as_it_was_sent(void **state)
{
	(void)state;
	static uint8_t bytes[ROTOR_BOOT_HANDOFF_MAX];
	size_t len, none;
	fill_handoff();
	assert_int_equal(rotor_boot_handoff_encode(&handoff, bytes, sizeof(bytes), &len), ROTOR_OK);
	memset(&handoff_back, 0xff, sizeof(handoff_back));
	assert_int_equal(rotor_boot_handoff_decode(bytes, len, &handoff_back), ROTOR_OK);
	assert_int_equal(handoff_back.slot, ROTOR_BOOT_SLOT_B);
	assert_true(handoff_back.trial);
	assert_int_equal(handoff_back.tries_left, 2);
	assert_int_equal(handoff_back.security_floor, 0x01020304);
	assert_int_equal(handoff_back.version.build, 4);
	assert_int_equal(handoff_back.security_version, 9);
	assert_memory_equal(handoff_back.class_id, handoff.class_id, 16);
	assert_int_equal(handoff_back.policy, 5);
	assert_int_equal(handoff_back.confirm_seconds, 600);
	assert_int_equal(handoff_back.anchors_source, ROTOR_BOOT_ANCHORS_SETTINGS);
	assert_int_equal(handoff_back.anchors_offset, 0x11223344);
	assert_int_equal(handoff_back.anchors_len, 0x55667788);
	assert_int_equal(handoff_back.settings_version.build, 8);
	assert_int_equal(handoff_back.key_hash_count, 2);
	assert_memory_equal(handoff_back.key_hash, handoff.key_hash, sizeof(handoff.key_hash));
	assert_memory_equal(&handoff_back.layout, &handoff.layout, sizeof(handoff.layout));
	assert_memory_equal(&handoff_back.measurements, &handoff.measurements,
			    sizeof(handoff.measurements));
	assert_memory_equal(handoff_back.key, handoff.key, sizeof(handoff.key));
	assert_int_equal(handoff_back.chain_len, 700);
	assert_memory_equal(handoff_back.chain, handoff.chain, 700);
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_not_equal(rotor_boot_handoff_decode(bytes, cut, &handoff_back),
				     ROTOR_OK);
		assert_int_equal(handoff_back.key_len, 0);
		assert_int_equal(rotor_boot_handoff_encode(&handoff, bytes, cut, &none),
				 ROTOR_ERR_SPACE);
		assert_int_equal(rotor_boot_handoff_encode(&handoff, bytes, sizeof(bytes), &len),
				 ROTOR_OK);
	}
	assert_int_equal(rotor_boot_handoff_decode(bytes, len + 1, &handoff_back),
			 ROTOR_ERR_LENGTH);
}

static void the_largest_handoff_fits(void **state)
{
	(void)state;
	static uint8_t bytes[ROTOR_BOOT_HANDOFF_MAX];
	uint8_t value[ROTOR_MEASUREMENT_VALUE_MAX] = {0};
	size_t len;
	fill_handoff();
	handoff.measurements = (struct rotor_measurement_log){0};
	for (uint8_t i = 1; i <= ROTOR_MEASUREMENTS_MAX; i++) {
		assert_int_equal(
		    rotor_measurement_add(&handoff.measurements, i, 0, value, sizeof(value)),
		    ROTOR_OK);
	}
	handoff.key_hash_count = ROTOR_BOOT_KEYS_MAX;
	handoff.key_len = ROTOR_SCALAR_MAX;
	handoff.chain_len = ROTOR_BOOT_CHAIN_MAX;
	assert_int_equal(rotor_boot_handoff_encode(&handoff, bytes, sizeof(bytes), &len), ROTOR_OK);
	assert_int_equal(rotor_boot_handoff_decode(bytes, len, &handoff_back), ROTOR_OK);
	handoff.key_len++;
	assert_int_equal(rotor_boot_handoff_encode(&handoff, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	fill_handoff();
	handoff.slot = ROTOR_BOOT_SLOT_NONE;
	assert_int_equal(rotor_boot_handoff_encode(&handoff, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
}

static void a_handoff_with_impossible_fields_is_refused(void **state)
{
	(void)state;
	static const struct {
		size_t offset;
		uint8_t value;
		enum rotor_status status;
	} cases[] = {
	    {0, 0, ROTOR_ERR_FORMAT},
	    {4, 9, ROTOR_ERR_UNSUPPORTED},
	    {6, 3, ROTOR_ERR_FORMAT},
	    {7, 2, ROTOR_ERR_FORMAT},
	    {79, 3, ROTOR_ERR_FORMAT},      /* no such source of anchors */
	    {96, 5, ROTOR_ERR_FORMAT},      /* more keys than there are */
	    {96 + 97, 0, ROTOR_ERR_FORMAT}, /* layout */
	    {96 + 97 + 10, 1, ROTOR_ERR_VERIFY},
	};
	static uint8_t bytes[ROTOR_BOOT_HANDOFF_MAX];
	size_t len;
	fill_handoff();
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(rotor_boot_handoff_encode(&handoff, bytes, sizeof(bytes), &len),
				 ROTOR_OK);
		bytes[cases[i].offset] = cases[i].value;
		assert_int_equal(rotor_boot_handoff_decode(bytes, len, &handoff_back),
				 cases[i].status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_layout_has_room_for_everything_and_overlaps_nothing),
	    cmocka_unit_test(impossible_layouts_are_refused),
	    cmocka_unit_test(the_flash_port_is_never_asked_for_what_is_not_there),
	    cmocka_unit_test(a_configuration_is_read_as_it_was_written),
	    cmocka_unit_test(a_configuration_that_lacks_or_twists_an_item_is_refused),
	    cmocka_unit_test(the_configuration_digest_covers_the_product_and_not_the_device),
	    cmocka_unit_test(settings_are_read_as_they_were_written),
	    cmocka_unit_test(settings_that_say_something_else_are_refused),
	    cmocka_unit_test(certificates_are_kept_in_order),
	    cmocka_unit_test(a_store_is_read_from_its_region),
	    cmocka_unit_test(measurements_rise_and_fit),
	    cmocka_unit_test(a_handoff_arrives_as_it_was_sent),
	    cmocka_unit_test(the_largest_handoff_fits),
	    cmocka_unit_test(a_handoff_with_impossible_fields_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
