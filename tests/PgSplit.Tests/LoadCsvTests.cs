using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace PgSplit.Tests;

/// <summary>A folder of CSV becomes a source database, byte for byte or not at all.</summary>
public sealed class LoadCsvTests
{
    const string Schema =
        """
        CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, born date);
        CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total numeric(10,2) CHECK (total >= 0), note text, tags text[], doc jsonb);
        """;

    [Fact]
    public async Task What_the_server_itself_writes_comes_back_byte_for_byte()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync(
            """
            CREATE TABLE kinds (id int PRIMARY KEY, t text, n numeric, b bytea, j jsonb, a text[], at timestamptz, f float8, bo bool);
            INSERT INTO kinds VALUES
              (1, E'quote " comma , \\ tab \t newline \n cr \r end', '1.00', '\x00ff', '{"a": "ü\n"}', '{"a,b",NULL,"c \"d\""}', 'infinity', '-0', true),
              (2, '', 'NaN', '', 'null', '{}', '2026-01-01 00:00:00.123456+00', 'Infinity', false), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
              (4, '\N', 0, '\x5c', '"x"', '{NULL}', '0001-01-01 BC', 1e300, NULL), (5, 'emoji 🙂 and U+FFFD �', 1e30, NULL, '[]', NULL, NULL, NULL, NULL)
            """);
        await using (var target = await world.Pair.Target.OpenAsync("test", default))
        using (var csv = await target.BeginTextExportAsync("COPY public.kinds TO STDOUT (FORMAT csv, HEADER)"))
            world.Write("kinds.csv", await csv.ReadToEndAsync(default));

        await world.LoadAsync(world.File("kinds.csv"), world.Write("schema.sql", "CREATE TABLE kinds (id int PRIMARY KEY, t text, n numeric, b bytea, j jsonb, a text[], at timestamptz, f float8, bo bool);"));

        (await world.RowsAsync("kinds")).ShouldBe(await world.Pair.FromTargetAsync<string>("SELECT string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\") FROM kinds t"));
    }

    [Fact]
    public async Task A_folder_is_loaded_whatever_the_order_of_its_files_and_numbering_goes_on_after_it()
    {
        await using var world = await LoadWorld.CreateAsync();
        var schema = world.Write("schema.sql", Schema);
        world.Write("csv/a.orders.txt", "not CSV");
        world.Write("csv/orders.csv", "id,customer_id,total,tags\r\n7,2,1.50,\"{a,b}\"\r\n9,1,,\r\n");
        world.Write("csv/customers.csv", "name,id\n\"Ann \"\"A\"\"\nB\",1\n\"\",2\n");

        var report = await world.LoadAsync(world.File("csv"), schema);

        report.ShouldSatisfyAllConditions(r => r.Rows.ShouldBe(4), r => r.Rejected.ShouldBe(0), r => r.RejectFile.ShouldBeNull());
        (await world.RowsAsync("customers")).ShouldBe("(1,\"Ann \"\"A\"\"\nB\",)\n(2,\"\",)");
        (await world.RowsAsync("orders")).ShouldBe("(7,2,1.50,,\"{a,b}\",)\n(9,1,,,,)");
        await world.Pair.OnSourceAsync("INSERT INTO orders (customer_id) VALUES (1)");
        (await world.Pair.FromSourceAsync<long>("SELECT max(id) FROM orders")).ShouldBe(10);
        await Should.ThrowAsync<Npgsql.PostgresException>(() => world.Pair.OnSourceAsync("INSERT INTO orders (customer_id) VALUES (5)"));
    }

    [Fact]
    public async Task Every_rejected_row_is_listed_with_its_line_and_reason_and_nothing_is_loaded()
    {
        await using var world = await LoadWorld.CreateAsync();
        var schema = world.Write("schema.sql", Schema);
        world.Write("csv/customers.csv", "id,name,born\n1,Ann,2000-01-01\nx,Bob,\n3,,\n1,Cid,\n5,Dan,2000-13-01\n6,E\0ve,\n7,\"Fay\nFay\"\n8,Gus,,\n9,Hal,\n");
        world.Write("csv/orders.csv", "id,customer_id,total\n1,1,-1\n2,77,1\n3,9,1\n");

        var refusal = await world.RefusedAsync(world.File("csv"), schema);

        refusal.ExitCode.ShouldBe(ExitCode.Refused);
        refusal.Message.ShouldContain("9 rows can't be loaded");
        var rejected = world.Rejected().Select(r => $"{Path.GetFileName(r.GetProperty("source").GetString())}:{r.GetProperty("line")} {r.GetProperty("reason")}").Order(StringComparer.Ordinal).ToList();
        rejected.ShouldBe(
        [
            "csv:0 refers to a row that is not there (foreign key orders_customer_id_fkey)",
            "customers.csv:3 invalid input syntax for type integer: \"x\" (column id)",
            "customers.csv:4 null value in column \"name\" of relation \"customers\" violates not-null constraint: Failing row contains (3, null, null).",
            "customers.csv:5 duplicate key value violates unique constraint \"customers_pkey\": Key (id)=(1) already exists.",
            "customers.csv:6 date/time field value out of range: \"2000-13-01\" (column born)",
            "customers.csv:7 column name has a NUL character (U+0000), which text can't hold",
            "customers.csv:8 2 fields, and the header names 3",
            "customers.csv:10 4 fields, and the header names 3",
            "orders.csv:2 new row for relation \"orders\" violates check constraint \"orders_total_check\": Failing row contains (1, 1, -1.00, null, null, null).",
        ], ignoreOrder: true);
        world.Rejected().Single(r => r.GetProperty("line").GetInt64() == 5).GetProperty("row").GetProperty("name").GetString().ShouldBe("Cid");
        world.Rejected().Single(r => r.GetProperty("line").GetInt64() == 0).GetProperty("row").GetProperty("customer_id").GetInt64().ShouldBe(77);
    }

    [Fact]
    public async Task Rejected_rows_that_are_accepted_are_left_out_and_counted()
    {
        await using var world = await LoadWorld.CreateAsync();
        world.Write("csv/customers.csv", "id,name\n" + string.Concat(Enumerable.Range(1, 12_000).Select(i => i % 4_000 == 0 ? "x,bad\n" : $"{i},c{i}\n")));
        world.Write("csv/orders.csv", "id,customer_id\n1,1\n2,4000\n");

        var report = await world.LoadAsync(world.File("csv"), world.Write("schema.sql", Schema), o => o with { AcceptRejects = 4 });

        string.Join("; ", report.Tables.Select(t => $"{t.Table} {t.Rows} {t.Rejected}")).ShouldBe("customers 11997 3; orders 1 1");
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM customers")).ShouldBe(11_997);
        (await world.RowsAsync("orders")).ShouldBe("(1,1,,,,)");
        report.RejectFile.ShouldBe(world.Rejects);
        world.Rejected().Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("id,nmae\n1,a\n", "customers.csv:1: table customers has no column nmae; it has id, name, born")]
    [InlineData("id;name\n1;a\n", "has no column id;name")]
    [InlineData("id,id\n1,a\n", "customers.csv:1: two columns are named id")]
    [InlineData("id,\n1,a\n", "customers.csv:1: column 2 has no name")]
    [InlineData("", "customers.csv:1: the file is empty")]
    [InlineData("id,name\n1,a\n2,\"b\n3,c\n", "customers.csv:3: a quote that is opened here is never closed")]
    [InlineData("id,name\n1,a\n2,\"b\" c\n", "customers.csv:3: ' ' after a closing quote")]
    [InlineData("id,name\n1,a\n2,b\"c\n", "customers.csv:3: a quote within a field")]
    public async Task A_file_of_another_form_is_told_with_its_line(string text, string message)
    {
        await using var world = await LoadWorld.CreateAsync();
        world.Write("csv/customers.csv", text);

        var refusal = await world.RefusedAsync(world.File("csv"), world.Write("schema.sql", Schema));

        refusal.ExitCode.ShouldBe(ExitCode.BadInput);
        refusal.Message.ShouldContain(message);
        refusal.Remedy.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Bytes_of_another_encoding_are_told_with_their_line_and_read_when_it_is_named()
    {
        await using var world = await LoadWorld.CreateAsync();
        Directory.CreateDirectory(world.File("csv"));
        var lines = "id,name\n" + string.Concat(Enumerable.Range(1, 20_000).Select(i => $"{i},{(i == 15_000 ? "Zoë €" : "n")}\n"));
        var western = CodePagesEncodingProvider.Instance.GetEncoding("windows-1252")!;
        await File.WriteAllBytesAsync(world.File("csv/customers.csv"), western.GetBytes(lines));
        var schema = world.Write("schema.sql", Schema);

        (await world.RefusedAsync(world.File("csv"), schema)).Message.ShouldContain("customers.csv:15001: the bytes EB");
        (await world.LoadAsync(world.File("csv"), schema, o => o with { Encoding = western })).Rows.ShouldBe(20_000);
        (await world.Pair.FromSourceAsync<string>("SELECT name FROM customers WHERE id = 15000")).ShouldBe("Zoë €");
    }

    [Fact]
    public async Task UTF_16_is_told_and_a_byte_order_mark_of_UTF_8_is_no_text()
    {
        await using var world = await LoadWorld.CreateAsync();
        Directory.CreateDirectory(world.File("csv"));
        await File.WriteAllTextAsync(world.File("csv/customers.csv"), "id,name\n1,a\n", Encoding.Unicode);
        (await world.RefusedAsync(world.File("csv"), world.Write("schema.sql", Schema))).Message.ShouldContain("the file is UTF-16");

        await File.WriteAllTextAsync(world.File("csv/customers.csv"), "id,name\n1,a\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        (await world.LoadAsync(world.File("csv"), world.File("schema.sql"))).Rows.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_schema_all_is_text_and_the_result_can_be_planned()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        world.Write("csv/people.csv", "id,name\n01,\"\"\n02,\n");
        world.Write("csv/crm.deals.csv", "a\n1\n\n1\n");

        (await world.LoadAsync(world.File("csv"))).Rows.ShouldBe(5);

        (await world.Pair.FromSourceAsync<string>("SELECT string_agg(id || ':' || coalesce(name, 'null'), ' ' ORDER BY id) FROM people")).ShouldBe("01: 02:null");
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM crm.deals WHERE a IS NULL")).ShouldBe(1);
        var plan = await Planning.Plan.RunAsync(Maps.Of(world.Pair, "people", "crm.deals"), null, default);
        plan.Findings.Where(f => f.Severity == Planning.Severity.Blocker).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_with_rows_is_left_alone()
    {
        await using var world = await LoadWorld.CreateAsync();
        world.Write("csv/customers.csv", "id,name\n1,a\n");
        await world.LoadAsync(world.File("csv"), world.Write("schema.sql", Schema));

        (await world.RefusedAsync(world.File("csv"))).ShouldSatisfyAllConditions(e => e.ExitCode.ShouldBe(ExitCode.Refused), e => e.Message.ShouldContain("table customers in"), e => e.Message.ShouldContain("has rows already"));
        (await world.RefusedAsync(world.File("csv"), world.File("schema.sql"))).Message.ShouldContain("schema.sql:1: relation \"customers\" already exists");
    }

    [Fact]
    public async Task A_schema_that_fails_is_told_with_its_line()
    {
        await using var world = await LoadWorld.CreateAsync();
        world.Write("csv/customers.csv", "id,name\n1,a\n");
        var schema = world.Write("schema.sql", "CREATE TABLE customers (id int);\n\nCREATE TABLE orders (\n  id int,\n  total money_of_ours);\n");

        (await world.RefusedAsync(world.File("csv"), schema)).Message.ShouldContain("schema.sql:5: type \"money_of_ours\" does not exist");
    }

    [Fact]
    public async Task Rows_that_are_in_a_trigger_are_loaded_as_they_are()
    {
        await using var world = await LoadWorld.CreateAsync();
        world.Write("csv/t.csv", "id,n\n1,1\n");
        await world.LoadAsync(world.File("csv"), world.Write("schema.sql",
            """
            CREATE TABLE t (id int PRIMARY KEY, n int);
            CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1; RETURN NEW; END $$;
            CREATE TRIGGER more BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION more();
            """));
        (await world.RowsAsync("t")).ShouldBe("(1,1)");
        await world.Pair.OnSourceAsync("INSERT INTO t VALUES (2, 1)");
        (await world.RowsAsync("t")).ShouldBe("(1,1)\n(2,2)");
    }

    [Fact]
    public async Task A_key_that_is_checked_only_at_the_end_of_a_transaction_is_checked()
    {
        await using var world = await LoadWorld.CreateAsync();
        world.Write("csv/t.csv", "id\n1\n1\n");

        (await world.RefusedAsync(world.File("csv"), world.Write("schema.sql", "CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);"))).Message.ShouldContain("duplicate key value violates unique constraint");
    }

    [Fact]
    public async Task Any_texts_come_back_as_they_were_whatever_is_in_them()
    {
        await using var world = await LoadWorld.CreateAsync();
        var number = 0;
        var fields = Gen.OneOf(
            Gen.Constant<string?>(null), Gen.Elements<string?>("", "\"", "\n", "\r\n", ",", "\\N", "\\.", "NULL", " ", "a\tb", "ü🙂", "'", "\v\b\f", "\u2028", "x,\"y\"\r"),
            ArbMap.Default.GeneratorFor<string>().Select(s => s is null ? null : new string([.. s.Where(c => c != '\0' && !char.IsSurrogate(c))])));
        var rows = Gen.Choose(1, 12).SelectMany(n => fields.ArrayOf(3).ArrayOf(n));

        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(rows.ToArbitrary(), all =>
        {
            var name = $"t{++number}";
            world.Write($"{name}/{name}.csv", "a,b,c\n" + string.Concat(all.Select(r => string.Join(',', r.Select(Quoted)) + "\n")));
            world.LoadAsync(world.File(name)).GetAwaiter().GetResult().Rows.ShouldBe(all.Length);
            using var session = world.Pair.Source.OpenAsync("test", default).GetAwaiter().GetResult();
            var loaded = Pg.Commands.QueryAsync(session, $"SELECT a, b, c FROM public.{name} ORDER BY ctid", r => (string?[])[Text(r, 0), Text(r, 1), Text(r, 2)], default).GetAwaiter().GetResult();
            loaded.SelectMany(l => l).ShouldBe(all.SelectMany(l => l));
        })));

        static string? Text(System.Data.Common.DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        static string Quoted(string? field) => field is null ? "" : field.Length > 0 && field.All(char.IsAsciiLetterOrDigit) ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    [Fact]
    public async Task The_command_tells_what_it_has_done_for_people_and_for_programs()
    {
        await using var world = await LoadWorld.CreateAsync();
        world.Write("csv/customers.csv", "id;name\n1;-\n2;b\n");
        world.Write("csv/junk.csv", "x\n1\n");
        var schema = world.Write("schema.sql", "CREATE TABLE customers (id int PRIMARY KEY, name text);");

        var (code, output, error) = await world.RunAsync("--from", world.File("csv"), "--schema", schema, "--delimiter", ";", "--null", "-", "--ignore", "junk", "--json");

        code.ShouldBe(ExitCode.Done, error);
        var json = System.Text.Json.JsonDocument.Parse(output).RootElement;
        json.GetProperty("rows").GetInt64().ShouldBe(2);
        json.GetProperty("ignored").GetInt64().ShouldBe(1);
        json.GetProperty("format").GetString().ShouldBe("csv");
        (await world.RowsAsync("customers")).ShouldBe("(1,)\n(2,b)");
        (code, output, error) = await world.RunAsync("--from", world.File("csv"), "--delimiter", ";", "--ignore", "junk");
        code.ShouldBe(ExitCode.Refused);
        error.ShouldContain("has rows already");
        (await world.RunAsync("--from", world.File("nothing"))).Code.ShouldBe(ExitCode.BadInput);
        (await world.RunAsync("--from", world.File("csv"), "--delimiter", ";;")).Code.ShouldBe(ExitCode.BadInput);
        (await world.RunAsync("--from", world.File("csv"), "--encoding", "klingon")).Code.ShouldBe(ExitCode.BadInput);
    }
}
