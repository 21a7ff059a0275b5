-- People and departments.

CREATE TABLE hdms_import.departments AS
SELECT d.id AS old, hdms_import.key('users_department', d.id) AS id, hdms_import.clean(d.name)::varchar(100) AS name, upper(btrim(d.code))::varchar(10) AS code,
       CASE WHEN h.role = 'assignee' AND h.is_active AND h.department_id IN (SELECT d.id UNION SELECT NULL) THEN hdms_import.key('users_user', d.head_id) END AS head_id,
       d.total_capacity, d.queue_enabled, hdms_import.local(d.created_at) AS created_at, hdms_import.local(d.updated_at) AS updated_at, 1::bigint AS version
FROM hdms_import.users_department AS d LEFT JOIN hdms_import.users_user AS h ON h.id = d.head_id;

INSERT INTO hdms_import.changed
SELECT 'users_department', d.id, 'has no head: who was it is none any more', d.head_id::text
FROM hdms_import.users_department AS d JOIN hdms_import.departments AS n ON n.old = d.id WHERE d.head_id IS NOT NULL AND n.head_id IS NULL;

CREATE TABLE hdms_import.people_judged AS
SELECT u.id AS old, row_number() OVER (PARTITION BY lower(u.email) ORDER BY u.id) AS nth, count(*) OVER (PARTITION BY lower(u.email)) AS same,
       CASE WHEN btrim(u.employee_code) = '' THEN 'has no employee code'
            WHEN u.role NOT IN ('requestor', 'requester', 'moderator', 'assignee', 'approver', 'ceo', 'analyst', 'admin') THEN 'has a role that nobody knows'
            WHEN u.department_id IS NOT NULL AND NOT EXISTS (SELECT FROM hdms_import.departments AS d WHERE d.old = u.department_id) THEN 'belongs to a department that is not there'
       END AS reason
FROM hdms_import.users_user AS u;

INSERT INTO hdms_import.rejected
SELECT 'users_user', j.old, j.reason, to_jsonb(u) - 'password' FROM hdms_import.people_judged AS j JOIN hdms_import.users_user AS u ON u.id = j.old WHERE j.reason IS NOT NULL;

CREATE TABLE hdms_import.users AS
SELECT u.id AS old, hdms_import.key('users_user', u.id) AS id, btrim(u.employee_code)::varchar(50) AS employee_code, nullif(btrim(u.cnic), '')::varchar(20) AS cnic,
       (CASE WHEN u.email IS NULL OR btrim(u.email) = '' THEN NULL
             WHEN j.same = 1 THEN btrim(u.email)
             WHEN hdms_import.policy('emails_differ_in_case') = 'null' THEN NULL
             WHEN j.nth = 1 THEN btrim(u.email)
             WHEN hdms_import.policy('emails_differ_in_case') = 'suffix' THEN replace(btrim(u.email), '@', '+' || j.nth || '@') END)::varchar(254) AS email,
       nullif(btrim(u.phone_number), '')::varchar(20) AS phone_number, hdms_import.clean(u.first_name)::varchar(150) AS first_name, hdms_import.clean(u.last_name)::varchar(150) AS last_name,
       CASE WHEN u.is_superuser OR u.role = 'admin' THEN 'admin' WHEN u.role IN ('moderator', 'assignee') THEN u.role ELSE 'requester' END AS role,
       u.role = 'ceo' AS is_ceo, u.role IN ('ceo', 'approver') AS is_approver, u.role = 'analyst' AS is_analyst,
       u.helpdesk_authorized AND NOT (j.same > 1 AND j.nth > 1 AND hdms_import.policy('emails_differ_in_case') = 'quarantine') AS helpdesk_authorized,
       hdms_import.key('users_department', u.department_id) AS department_id, u.sms_user_id, hdms_import.local(u.last_sms_sync) AS last_sms_sync, u.is_active,
       hdms_import.ms(u.date_joined) AS date_joined, hdms_import.local(u.created_at) AS created_at, hdms_import.local(u.updated_at) AS updated_at, 1::bigint AS version
FROM hdms_import.users_user AS u JOIN hdms_import.people_judged AS j ON j.old = u.id WHERE j.reason IS NULL;
CREATE UNIQUE INDEX ON hdms_import.users (old);

INSERT INTO hdms_import.changed
SELECT 'users_user', u.id, 'e-mail is another''s but for capitals: ' || hdms_import.policy('emails_differ_in_case'), u.email
FROM hdms_import.users_user AS u JOIN hdms_import.users AS n ON n.old = u.id JOIN hdms_import.people_judged AS j ON j.old = u.id
WHERE j.same > 1 AND n.email IS DISTINCT FROM btrim(u.email);

-- Django's own forms, as they are: they are verified, and replaced at the next sign-in. '!' is its word for none.
CREATE TABLE hdms_import.user_credentials AS
SELECT n.id AS user_id, CASE WHEN u.password NOT LIKE '!%' AND u.password <> '' THEN u.password END AS password_hash, false AS must_change, hdms_import.ms(u.last_login) AS last_login, n.updated_at
FROM hdms_import.users AS n JOIN hdms_import.users_user AS u ON u.id = n.old;

INSERT INTO hdms_import.changed
SELECT 'users_user', u.id, CASE WHEN u.password LIKE 'argon2%' THEN 'password has to be reset: argon2 is not verified' ELSE 'password has to be set: there was none' END, NULL
FROM hdms_import.users AS n JOIN hdms_import.users_user AS u ON u.id = n.old WHERE u.password NOT LIKE 'pbkdf2\_sha%';

CREATE TABLE hdms_import.team_members AS
SELECT m.id AS old, hdms_import.key('users_department', m.department_id) AS department_id, hdms_import.key('users_user', m.user_id) AS user_id, hdms_import.local(m.added_at) AS added_at
FROM hdms_import.users_team_member AS m
WHERE EXISTS (SELECT FROM hdms_import.users AS u WHERE u.old = m.user_id) AND EXISTS (SELECT FROM hdms_import.departments AS d WHERE d.old = m.department_id);

INSERT INTO hdms_import.rejected
SELECT 'users_team_member', m.id, 'its person or department was not taken', to_jsonb(m) FROM hdms_import.users_team_member AS m
WHERE NOT EXISTS (SELECT FROM hdms_import.team_members AS n WHERE n.old = m.id);
