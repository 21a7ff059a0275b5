-- A help desk as Django's models make it: apps users, tickets and kb in one database.
CREATE TABLE django_migrations (id bigint PRIMARY KEY, app varchar(255), name varchar(255));
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text);
CREATE TABLE users_user (id serial PRIMARY KEY, email varchar(254) NOT NULL UNIQUE, name text);
CREATE TABLE users_department (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE users_membership (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users_user, department_id int NOT NULL REFERENCES users_department);
CREATE TABLE tickets_ticket (id serial PRIMARY KEY, subject text NOT NULL, requester_id int NOT NULL REFERENCES users_user, agent_id int REFERENCES users_user, department_id int REFERENCES users_department);
CREATE TABLE tickets_comment (id serial PRIMARY KEY, ticket_id int NOT NULL REFERENCES tickets_ticket ON DELETE CASCADE, author_id int NOT NULL REFERENCES users_user, body text);
CREATE TABLE tickets_attachment (id serial PRIMARY KEY, comment_id int NOT NULL REFERENCES tickets_comment, content bytea);
CREATE TABLE kb_category (id serial PRIMARY KEY, name text);
CREATE TABLE kb_article (id serial PRIMARY KEY, category_id int REFERENCES kb_category, author_id int REFERENCES users_user, ticket_id int REFERENCES tickets_ticket, body text);
CREATE TABLE watchers (ticket_id int REFERENCES tickets_ticket, user_id int REFERENCES users_user, PRIMARY KEY (ticket_id, user_id));
CREATE TABLE feature_flags (name text PRIMARY KEY, enabled boolean NOT NULL);
CREATE VIEW ticket_overview AS SELECT t.id, t.subject, u.email FROM tickets_ticket t JOIN users_user u ON u.id = t.requester_id;
