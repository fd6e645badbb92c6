//! The tables, as the migrations make them.

diesel::table! {
    manager_instance (no) {
        no -> BigInt,
        id -> Text,
    }
}

diesel::table! {
    last_numbers (kind) {
        kind -> Text,
        no -> BigInt,
    }
}

diesel::table! {
    jobs (no) {
        no -> BigInt,
        id -> Text,
        id_upper -> BigInt,
        name -> Text,
        job_type -> Text,
        priority -> Integer,
        status -> Text,
        activity -> Text,
        settings -> Text,
        metadata -> Text,
        shaman_checkout_id -> Nullable<Text>,
        worker_tag -> Nullable<Text>,
        created -> BigInt,
        updated -> BigInt,
        steps_completed -> BigInt,
        steps_total -> BigInt,
        delete_requested -> Nullable<BigInt>,
        released -> Bool,
        allow -> Text,
        keep_existing -> Bool,
        findings -> Text,
    }
}

diesel::table! {
    tasks (key) {
        key -> BigInt,
        name -> Text,
        task_type -> Text,
        priority -> Integer,
        dependencies -> Text,
        steps_total -> BigInt,
        commands -> Text,
    }
}

diesel::table! {
    imported_tasks (key) {
        key -> BigInt,
        id -> Text,
    }
}

diesel::table! {
    task_states (key) {
        key -> BigInt,
        status -> SmallInt,
        worker -> Nullable<BigInt>,
        attempt -> Integer,
        ended -> Nullable<SmallInt>,
        steps_completed -> BigInt,
        activity -> Text,
        updated -> BigInt,
        touched -> Nullable<BigInt>,
        optional -> Bool,
        lost -> Integer,
    }
}

diesel::table! {
    outputs (key, path) {
        key -> BigInt,
        path -> Text,
        frame -> Nullable<Integer>,
        view -> Text,
        size -> BigInt,
        attempt -> Integer,
        state -> SmallInt,
    }
}

diesel::table! {
    task_findings (key, class) {
        key -> BigInt,
        class -> Text,
        count -> BigInt,
        line -> Text,
    }
}

diesel::table! {
    attempts (key, attempt) {
        key -> BigInt,
        attempt -> Integer,
        worker -> BigInt,
        started -> BigInt,
        ended -> Nullable<BigInt>,
        outcome -> Nullable<SmallInt>,
    }
}

diesel::table! {
    task_failures (key, worker) {
        key -> BigInt,
        worker -> BigInt,
    }
}

diesel::table! {
    job_blocks (job, worker, task_type) {
        job -> BigInt,
        worker -> BigInt,
        task_type -> Text,
    }
}

diesel::table! {
    workers (no) {
        no -> BigInt,
        id -> Text,
        secret_hash -> Text,
        name -> Text,
        address -> Text,
        platform -> Text,
        software -> Text,
        status -> Text,
        requested_status -> Nullable<Text>,
        requested_lazy -> Bool,
        timed_out_from -> Nullable<Text>,
        task_types -> Text,
        can_restart -> Bool,
        ephemeral -> Bool,
        created -> BigInt,
        updated -> BigInt,
        last_seen -> Nullable<BigInt>,
        last_task -> Nullable<BigInt>,
        deleted -> Nullable<BigInt>,
        run -> Nullable<Text>,
        condition -> Nullable<Text>,
    }
}

diesel::table! {
    worker_tags (id) {
        id -> Text,
        name -> Text,
        description -> Text,
        created -> BigInt,
    }
}

diesel::table! {
    sleep_schedules (worker) {
        worker -> BigInt,
        is_active -> Bool,
        days_of_week -> Text,
        start_time -> Text,
        end_time -> Text,
        in_force_since -> Nullable<BigInt>,
    }
}

diesel::table! {
    worker_tag_members (tag, worker) {
        tag -> Text,
        worker -> BigInt,
    }
}

diesel::table! {
    last_rendered (id) {
        id -> Integer,
        job -> BigInt,
    }
}

diesel::table! {
    probe (filling) {
        filling -> Binary,
    }
}

diesel::joinable!(worker_tag_members -> workers (worker));
diesel::joinable!(worker_tag_members -> worker_tags (tag));
diesel::joinable!(sleep_schedules -> workers (worker));
diesel::allow_tables_to_appear_in_same_query!(
    jobs,
    tasks,
    imported_tasks,
    task_states,
    outputs,
    task_findings,
    attempts,
    task_failures,
    job_blocks,
    workers,
    worker_tags,
    worker_tag_members,
    sleep_schedules,
    last_rendered,
);
