-- A shop without prefixes: plural names, as Rails has them.
CREATE TABLE schema_migrations (version text PRIMARY KEY);
CREATE TABLE customers (id bigserial PRIMARY KEY, email text UNIQUE);
CREATE TABLE addresses (id bigserial PRIMARY KEY, customer_id bigint REFERENCES customers, city text);
CREATE TABLE products (id bigserial PRIMARY KEY, name text);
CREATE TABLE product_images (id bigserial PRIMARY KEY, product_id bigint REFERENCES products, url text);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint REFERENCES customers, at timestamptz);
CREATE TABLE order_items (order_id bigint REFERENCES orders, product_id bigint REFERENCES products, n int, PRIMARY KEY (order_id, product_id));
CREATE TABLE payments (id bigserial PRIMARY KEY, order_id bigint REFERENCES orders, amount numeric(12, 2));
CREATE TABLE carts (id bigserial PRIMARY KEY, customer_id bigint REFERENCES customers);
CREATE TABLE cart_items (cart_id bigint REFERENCES carts, product_id bigint REFERENCES products, PRIMARY KEY (cart_id, product_id));
CREATE TABLE "Odd ""name""" (id int PRIMARY KEY, product_id bigint REFERENCES products);
