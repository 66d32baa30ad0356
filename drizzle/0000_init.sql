CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`adapter` text NOT NULL,
	`mode` text NOT NULL,
	`name` text NOT NULL,
	`options` text NOT NULL,
	`sealed_credentials` blob NOT NULL,
	`sealed_tls` blob,
	`base_url` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_name` ON `accounts` (`tenant_id`,`name`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` blob NOT NULL,
	`scopes` text NOT NULL,
	`test` integer NOT NULL,
	`rate` text,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash_unique` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `api_keys_tenant` ON `api_keys` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `audit` (
	`chain` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`tenant` text,
	`subject` text,
	`request_id` text,
	`detail` text NOT NULL,
	`hash` blob NOT NULL,
	PRIMARY KEY(`chain`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `audit_tenant` ON `audit` (`tenant`);--> statement-breakpoint
CREATE TABLE `clients` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` blob NOT NULL,
	`scopes` text NOT NULL,
	`test` integer NOT NULL,
	`rate` text,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE INDEX `clients_tenant` ON `clients` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `credentials` (
	`token_id` text NOT NULL,
	`name` text NOT NULL,
	`shown` text NOT NULL,
	`sealed_number` blob NOT NULL,
	PRIMARY KEY(`token_id`, `name`)
);
--> statement-breakpoint
CREATE TABLE `data_keys` (
	`tenant_id` text NOT NULL,
	`purpose` text NOT NULL,
	`version` integer NOT NULL,
	`wrapped` blob NOT NULL,
	`master_key_id` text NOT NULL,
	`sealed` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `purpose`, `version`)
);
--> statement-breakpoint
CREATE TABLE `destinations` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`host` text NOT NULL,
	`port` integer NOT NULL,
	`path_prefix` text NOT NULL,
	`methods` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `destinations_place` ON `destinations` (`tenant_id`,`host`,`port`,`path_prefix`);--> statement-breakpoint
CREATE TABLE `forwards` (
	`tenant_id` text NOT NULL,
	`test` integer NOT NULL,
	`id` text NOT NULL,
	`dialect` text NOT NULL,
	`node` text NOT NULL,
	`state` text NOT NULL,
	`token_ids` text NOT NULL,
	`account_id` text,
	`operation` text,
	`method` text NOT NULL,
	`host` text NOT NULL,
	`idempotency_key` text,
	`request_hash` text,
	`psp_status` integer,
	`outcome` text,
	`error_code` text,
	`total_ms` integer,
	`psp_ms` integer,
	`deadline_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`sealed_request` blob NOT NULL,
	`sealed_result` blob,
	PRIMARY KEY(`tenant_id`, `test`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `forwards_idempotency` ON `forwards` (`tenant_id`,`test`,`idempotency_key`) WHERE idempotency_key is not null;--> statement-breakpoint
CREATE INDEX `forwards_sending` ON `forwards` (`deadline_at`) WHERE state = 'sending';--> statement-breakpoint
CREATE TABLE `meta` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `notifications` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`test` integer NOT NULL,
	`verified` integer NOT NULL,
	`digest` text NOT NULL,
	`created_at` integer NOT NULL,
	`sealed_message` blob NOT NULL
);
--> statement-breakpoint
CREATE INDEX `notifications_tenant` ON `notifications` (`tenant_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `notifications_digest` ON `notifications` (`account_id`,`verified`,`digest`);--> statement-breakpoint
CREATE INDEX `notifications_unverified` ON `notifications` (`account_id`,`id`) WHERE verified = 0;--> statement-breakpoint
CREATE TABLE `replies` (
	`tenant_id` text NOT NULL,
	`test` integer NOT NULL,
	`key` text NOT NULL,
	`claim` text NOT NULL,
	`request_hash` text NOT NULL,
	`sealed_reply` blob,
	`token_ids` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `test`, `key`)
);
--> statement-breakpoint
CREATE INDEX `replies_expiry` ON `replies` (`expires_at`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`public_jwk` text NOT NULL,
	`sealed_private_jwk` blob NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tenants_name_unique` ON `tenants` (`name`);--> statement-breakpoint
CREATE TABLE `token_terms` (
	`tenant_id` text NOT NULL,
	`term` text NOT NULL,
	`token_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `term`, `token_id`)
);
--> statement-breakpoint
CREATE INDEX `token_terms_token` ON `token_terms` (`token_id`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`test` integer NOT NULL,
	`type` text NOT NULL,
	`alias` text,
	`shown` text NOT NULL,
	`sealed_number` blob,
	`sealed_holder` blob,
	`sealed_data` blob,
	`attributes` text,
	`fingerprint` text NOT NULL,
	`metadata` text NOT NULL,
	`allowed_hosts` text,
	`created_at` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE INDEX `tokens_tenant` ON `tokens` (`tenant_id`,`test`,`id`);--> statement-breakpoint
CREATE INDEX `tokens_fingerprint` ON `tokens` (`tenant_id`,`fingerprint`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_alias` ON `tokens` (`tenant_id`,`test`,`alias`) WHERE alias is not null;--> statement-breakpoint
CREATE INDEX `tokens_expiry` ON `tokens` (`expires_at`) WHERE expires_at is not null and attributes is not null;--> statement-breakpoint
CREATE TABLE `writers` (
	`id` text PRIMARY KEY NOT NULL,
	`batch` integer NOT NULL,
	`at` integer NOT NULL
);
