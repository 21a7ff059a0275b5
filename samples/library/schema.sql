-- A lending library as it grew: integer keys, foreign keys, lists in a text, money in cents, two members with one address.
CREATE TABLE library_member (
  id        serial PRIMARY KEY,
  full_name text NOT NULL,
  email     text NOT NULL,
  is_test   boolean NOT NULL DEFAULT false
);
CREATE TABLE library_book (
  id           serial PRIMARY KEY,
  isbn         text NOT NULL UNIQUE,
  title        text NOT NULL,
  subjects_csv text NOT NULL DEFAULT ''
);
CREATE TABLE library_loan (
  id          bigserial PRIMARY KEY,
  book_id     int NOT NULL REFERENCES library_book,
  member_id   int NOT NULL REFERENCES library_member,
  lent_on     date NOT NULL,
  days        int NOT NULL CHECK (days > 0),
  returned_on date
);
CREATE INDEX library_loan_member ON library_loan (member_id) WHERE returned_on IS NULL;
CREATE TABLE library_fine (
  id      serial PRIMARY KEY,
  loan_id bigint NOT NULL REFERENCES library_loan ON DELETE CASCADE,
  cents   int NOT NULL
);

INSERT INTO library_member (full_name, email, is_test)
SELECT 'Member ' || n, 'member' || n || '@example.org', n > 298 FROM generate_series(1, 300) AS n;
UPDATE library_member SET email = 'member1@example.org' WHERE id = 7;
INSERT INTO library_book (isbn, title, subjects_csv)
SELECT '978-' || n, 'Book ' || n, (ARRAY['history', 'history,maps', 'poetry', ''])[1 + n % 4] FROM generate_series(1, 500) AS n;
INSERT INTO library_loan (book_id, member_id, lent_on, days, returned_on)
SELECT 1 + n % 500, 1 + n % 298, date '2026-01-01' + n % 300, 14 + n % 3 * 7, CASE WHEN n % 5 > 0 THEN date '2026-01-20' + n % 300 END
FROM generate_series(1, 4000) AS n;
INSERT INTO library_fine (loan_id, cents) SELECT n, n % 900 + 50 FROM generate_series(1, 4000, 10) AS n;
