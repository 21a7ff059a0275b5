using FsCheck;
using FsCheck.Fluent;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Tests;

/// <summary>Tables that have another shape when they have been copied.</summary>
public sealed class ShapeCopyTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Names_keys_columns_and_rows_change_as_the_map_says()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();

        await world.Pair.ShouldBeInShapeAsync();
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.refused WHERE name = 'users_user' AND reason = 'where: deleted_at IS NULL'")).ShouldBe(20);
        var verified = await move.VerifyAsync(Ct);
        verified.Tables.Select(t => (t.Name.Name, t.Rows, t.Differences)).ShouldBe(
            [("tickets_ticket", 1000, 0), ("tickets_comment", 2000, 0), ("users_user", 180, 0), ("counters", 20, 0), ("ledger", 0, 0)], ignoreOrder: true);
        (await world.StatusAsync()).Verification.State.ShouldBe("verified");
    }

    [Fact]
    public async Task Indexes_checks_foreign_keys_and_comments_follow_the_new_names()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();

        var facts = await world.Pair.FromTargetAsync<string>(
            """
            SELECT string_agg(fact, E'\n' ORDER BY fact COLLATE "C") FROM (
                SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN ('people'::regclass, 'desk.tickets'::regclass)
                UNION ALL SELECT conname || ': ' || pg_get_constraintdef(oid) || ' ' || convalidated FROM pg_constraint WHERE contype = 'f' AND connamespace <> 'pgsplit'::regnamespace
                UNION ALL SELECT 'comment: ' || col_description('desk.tickets'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'desk.tickets'::regclass AND attname = 'title'
                UNION ALL SELECT 'default: ' || pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'people'::regclass) f(fact)
            """);
        facts.ShouldBe(
            """
            CREATE INDEX tickets_open ON desk.tickets USING btree (title) WHERE (seconds IS NULL)
            CREATE UNIQUE INDEX tickets_ticket_pkey ON desk.tickets USING btree (id)
            CREATE UNIQUE INDEX users_email ON public.people USING btree (email)
            CREATE UNIQUE INDEX users_user_pkey ON public.people USING btree (id)
            comment: what it is about
            default: gen_random_uuid()
            tickets_comment_ticket_id_fkey: FOREIGN KEY (ticket_id) REFERENCES desk.tickets(id) ON DELETE CASCADE true
            tickets_ticket_requester_id_fkey: FOREIGN KEY (requester_id) REFERENCES people(id) ON DELETE SET NULL true
            """);
    }

    [Fact]
    public async Task A_cancelled_change_of_shape_leaves_both_sides_as_they_were()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        (await world.Pair.FromSourceAsync<string>("SELECT relreplident::text FROM pg_class WHERE relname = 'users_user'")).ShouldBe("f");

        await move.CancelAsync(Ct);
        await move.CancelAsync(Ct);

        (await world.Pair.FromSourceAsync<string>("SELECT relreplident::text FROM pg_class WHERE relname = 'users_user'")).ShouldBe("d");
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'pgsplit_key%'")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname IN ('public', 'desk')")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.shaped")).ShouldBe(0);
    }

    [Fact]
    public async Task Server_and_program_make_the_same_key_and_it_is_a_version_8_UUID()
    {
        await using var world = await ShapeWorld.CreateAsync("ledger:");
        await using var session = await world.Pair.Source.OpenAsync("test", Ct);
        await Journal.InstallAsync(session, Ct);
        var property = Prop.ForAll(ArbMap.Default.ArbFor<(NonNull<string>, NonNull<string>, long)>(), given =>
        {
            var table = new QualifiedName(given.Item1.Get, given.Item2.Get);
            using var command = new Npgsql.NpgsqlCommand("SELECT pgsplit.uuid_key($1, $2)", session) { Parameters = { new() { Value = UuidKey.NamespaceOf(table) }, new() { Value = given.Item3 } } };
            var key = (Guid)command.ExecuteScalar()!;
            var copied = new byte[16];
            new KeyHash(table).Write(given.Item3, copied);
            return key == UuidKey.Of(table, given.Item3) && key == new Guid(copied, bigEndian: true) && key.Version == 8 && (key.Variant & 0xc) == 8;
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), property);
    }

    [Fact]
    public void Fields_are_replaced_wherever_the_pieces_of_a_COPY_are_cut()
    {
        // Two rows of three fields, of which the first and the last are numbers: one is null.
        var header = Convert.FromHexString("5047434F50590AFF0D0A00" + "00000000" + "00000003" + "AABBCC");
        var rows = Convert.FromHexString("0003" + "00000008" + "0000000000000007" + "00000002" + "6869" + "FFFFFFFF" + "0003" + "00000008" + "0000000000000009" + "00000000" + "00000008" + "000000000000000B" + "FFFF");
        byte[] copy = [.. header, .. rows];
        var expected = Convert.ToHexString(header) + "0003" + "00000002" + "0007" + "00000002" + "6869" + "FFFFFFFF" + "0003" + "00000002" + "0009" + "00000000" + "00000002" + "000B" + "FFFF";
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(1, copy.Length).ArrayOf().ToArbitrary(), sizes =>
        {
            var fields = new CopyFields(new[] { 0, 2 }.ToDictionary(i => i, _ => new CopyField(8, 2, (value, to) => value[6..].CopyTo(to))));
            var made = new List<byte>();
            var at = 0;
            foreach (var size in sizes.Append(copy.Length))
            {
                var piece = copy.AsSpan(at, Math.Min(size, copy.Length - at));
                at += piece.Length;
                made.AddRange(fields.Replace(piece).ToArray());
            }

            return Convert.ToHexString([.. made]) == expected;
        }));
    }

    [Fact]
    public async Task The_keys_of_a_second_run_are_those_of_the_first()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using (var first = await world.InSyncAsync())
        {
            await world.Pair.OnSourceAsync("SELECT 1");
            await first.CancelAsync(Ct);
        }

        await using var second = await world.InSyncAsync();

        await world.Pair.ShouldBeInShapeAsync();
        (await world.Pair.FromTargetAsync<Guid>("SELECT id FROM people WHERE email = 'u7@example.org'")).ShouldBe(UuidKey.Of(new QualifiedName("public", "users_user"), 7));
    }

    [Theory]
    [InlineData("UPDATE desk.tickets SET tags = '{a,c}' WHERE title = 'ticket 5'", "changed", "tags")]
    [InlineData("UPDATE desk.tickets SET requester_id = (SELECT id FROM people WHERE email = 'u3@example.org') WHERE title = 'ticket 5'", "changed", "requester_id", Traits = ["Category", "Long"])]
    [InlineData("DELETE FROM desk.tickets WHERE title = 'ticket 5'", "missing", null)]
    [InlineData("INSERT INTO desk.tickets (title) VALUES ('new')", "extra", null, Traits = ["Category", "Long"])]
    public async Task A_planted_difference_is_found_and_repaired(string planted, string kind, string? column)
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await world.Pair.OnTargetAsync($"SET session_replication_role = replica; ALTER TABLE desk.tickets DISABLE TRIGGER {Fencing.Fence.TriggerOf(world.Definition.Id)}; {planted}; ALTER TABLE desk.tickets ENABLE ALWAYS TRIGGER {Fencing.Fence.TriggerOf(world.Definition.Id)}");

        (await move.VerifyAsync(Ct)).Differences.ShouldBe(1);

        (await world.Pair.FromTargetAsync<string>("SELECT name || ' ' || kind || ' ' || columns::text FROM pgsplit.diff")).ShouldBe($"tickets_ticket {kind} {{{column}}}");
        await move.RepairAsync(Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await world.Pair.ShouldBeInShapeAsync();
    }
}
