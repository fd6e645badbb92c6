-- A farm of two Workers and one job, in columns that every version has. The secret of both is "old-secret".
INSERT INTO workers (id, created_at, uuid, secret, name, platform, status, supported_task_types) VALUES
    (10, '2026-03-04 05:06:07.25 +0000 UTC', 'aaaaaaaa-0000-4000-8000-000000000001',
        '$2b$04$ddW1gnMK/.a4jHT8LCZstO.NQc0AMg90RCoNcyfAx55X/hwrIOf66', 'anna', 'linux', 'offline', 'misc,blender'),
    (11, '2026-03-04 05:06:07.25 +0000 UTC', 'aaaaaaaa-0000-4000-8000-000000000002',
        '$2b$04$ddW1gnMK/.a4jHT8LCZstO.NQc0AMg90RCoNcyfAx55X/hwrIOf66', 'bert', 'linux', 'offline', 'misc');
INSERT INTO sleep_schedules (id, created_at, worker_id, is_active, days_of_week, start_time, end_time) VALUES
    (1, '2026-03-04 05:06:07.25 +0000 UTC', 11, 1, 'mo tu', '22:00', '06:00');
INSERT INTO jobs (id, created_at, updated_at, uuid, name, job_type, priority, status, settings, metadata) VALUES
    (3, '2026-03-04 05:06:07.25 +0000 UTC', '2026-03-04 06:06:07.25 +0000 UTC',
        'bbbbbbbb-0000-4000-8000-000000000001', 'a film', 'echo-sleep-test', 60, 'active',
        CAST('{"message": "hello"}' AS BLOB), CAST('{"user": "anna"}' AS BLOB));
INSERT INTO job_blocks (id, created_at, job_id, worker_id, task_type) VALUES
    (1, '2026-03-04 05:06:07.25 +0000 UTC', 3, 11, 'blender');
INSERT INTO last_rendereds (id, created_at, job_id) VALUES (1, '2026-03-04 05:06:07.25 +0000 UTC', 3);
