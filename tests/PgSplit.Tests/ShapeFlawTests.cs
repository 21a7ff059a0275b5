using FsCheck;
using FsCheck.Fluent;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Planning;

namespace PgSplit.Tests;

/// <summary>Rows that become the same on the target, and what the map says becomes of all but the first (PROTOCOL 1.12, flaws between rows).</summary>
public sealed class ShapeFlawTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    const string People =
        """
        CREATE TABLE person (id serial PRIMARY KEY, email varchar(20), name text NOT NULL DEFAULT '', n int NOT NULL DEFAULT 1);
        CREATE TABLE note (id serial PRIMARY KEY, author int, line text);
        INSERT INTO person (email) VALUES ('Ali@x.org'), ('bina@x.org'), ('ALI@x.org'), (NULL), (NULL), ('ali@X.org'), ('a-very-long-one@x.pk'), ('A-very-long-one@x.pk');
        INSERT INTO note (author, line) SELECT id, 'hello' FROM person;
        """;

    static string Map(string policy, string more = "") =>
        $"person:\n  to: people\n  key: uuid\n  columns: {{ email: {{ sql: \"lower(email)::varchar(20)\", inverse: \"email\" }} }}\n  unique: [{{ columns: [email], duplicates: {policy}{more} }}]\nnote:";

    static string Map(DuplicateWord policy) => Map(Word(policy));

    public enum DuplicateWord
    {
        KeepFirst,
        Suffix,
        SetNull,
        Quarantine,
    }

    static string Word(DuplicateWord policy) => policy switch { DuplicateWord.KeepFirst => "keep_first", DuplicateWord.SetNull => "set_null", DuplicateWord.Suffix => "suffix", _ => "quarantine" };

    [Theory]
    [InlineData("keep_first", "1 ali@x.org, 2 bina@x.org, 4 -, 5 -, 7 a-very-long-one@x.pk", 3)]
    [InlineData("quarantine", "1 ali@x.org, 2 bina@x.org, 4 -, 5 -, 7 a-very-long-one@x.pk", 3)]
    [InlineData("set_null", "1 ali@x.org, 2 bina@x.org, 3 -, 4 -, 5 -, 6 -, 7 a-very-long-one@x.pk, 8 -", 3)]
    [InlineData("suffix", "1 ali@x.org, 2 bina@x.org, 3 ali@x.org-3, 4 -, 5 -, 6 ali@x.org-6, 7 a-very-long-one@x.pk, 8 a-very-long-one@x.-8", 3)]
    public async Task All_but_the_first_become_what_the_policy_says(string policy, string people, int flawed)
    {
        await using var world = await ShapeWorld.CreateAsync(Map(policy), People);
        await using var move = await world.InSyncAsync();

        (await PeopleAsync(world)).ShouldBe(people);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        (await ListedAsync(world)).ShouldBe($"3 6 8 {policy}");
        world.Said.ShouldContain($"person: {flawed} rows with the same email as a row before it: {policy}; they are listed in pgsplit.flawed");
        (await world.Pair.FromTargetAsync<bool>("SELECT EXISTS (SELECT FROM pg_index WHERE indrelid = 'people'::regclass AND indisunique AND pg_get_indexdef(indexrelid) LIKE '%(email)')")).ShouldBeTrue();
        var staysBehind = policy is "keep_first" or "quarantine";
        (await world.Pair.FromTargetAsync<string>("SELECT coalesce(string_agg(format('%s %s', key[1], reason), ', ' ORDER BY key), '') FROM pgsplit.refused"))
            .ShouldBe(staysBehind ? string.Join(", ", new[] { 3, 6, 8 }.Select(k => $"{k} the same email as a row before it: {policy}")) : "");
        // What is set aside for good is kept whole.
        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(row->>'email', ', ' ORDER BY key) FROM pgsplit.flawed")).ShouldBe(policy == "quarantine" ? "ALI@x.org, ali@X.org, A-very-long-one@x.pk" : null);
    }

    [Theory]
    [InlineData(DuplicateWord.KeepFirst)]
    [InlineData(DuplicateWord.Suffix, Traits = ["Category", "Long"])]
    [InlineData(DuplicateWord.SetNull, Traits = ["Category", "Long"])]
    [InlineData(DuplicateWord.Quarantine, Traits = ["Category", "Long"])]
    public async Task A_row_that_becomes_the_same_while_it_is_followed_is_dealt_with_and_judged_anew_when_it_changes(DuplicateWord policy)
    {
        await using var world = await ShapeWorld.CreateAsync(Map(policy), People);
        await using var move = await world.InSyncAsync();

        await world.Pair.OnSourceAsync("INSERT INTO person (email) VALUES ('BINA@x.org'); UPDATE person SET email = 'ALi@x.org' WHERE id = 4");
        await ShapeStreamTests.CaughtUpAsync(world, move);
        (await ListedAsync(world)).ShouldBe($"3 4 6 8 9 {Word(policy)}");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        await world.Pair.OnSourceAsync("UPDATE person SET email = 'third@x.org' WHERE id = 3; UPDATE person SET name = 'still the same' WHERE id = 9; DELETE FROM person WHERE id = 6");
        await ShapeStreamTests.CaughtUpAsync(world, move);
        (await ListedAsync(world)).ShouldBe($"4 8 9 {Word(policy)}");
        (await PeopleAsync(world)).ShouldContain("3 third@x.org");

        // The first goes, and the one that changes next takes its place.
        await world.Pair.OnSourceAsync("DELETE FROM person WHERE id = 1; UPDATE person SET name = 'now the first' WHERE id = 4");
        await ShapeStreamTests.CaughtUpAsync(world, move);
        (await PeopleAsync(world)).ShouldContain("4 ali@x.org");
        (await ListedAsync(world)).ShouldBe($"8 9 {Word(policy)}");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task Rows_that_exchange_their_values_in_one_transaction_stay_as_they_are()
    {
        await using var world = await ShapeWorld.CreateAsync(Map("keep_first"), People);
        await using var move = await world.InSyncAsync();

        await world.Pair.OnSourceAsync("BEGIN; UPDATE person SET email = 'bina@x.org' WHERE id = 1; UPDATE person SET email = 'ali@x.org' WHERE id = 2; COMMIT");
        await ShapeStreamTests.CaughtUpAsync(world, move);

        (await PeopleAsync(world)).ShouldBe("1 bina@x.org, 2 ali@x.org, 4 -, 5 -, 7 a-very-long-one@x.pk");
        (await ListedAsync(world)).ShouldBe("3 6 8 keep_first");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Theory]
    [InlineData("suffix", "ali@x.org-3")]
    [InlineData("set_null", "-", Traits = ["Category", "Long"])]
    public async Task What_a_policy_made_of_a_value_does_not_come_back_to_the_source_and_what_somebody_wrote_does(string policy, string made)
    {
        await using var world = await ShapeWorld.CreateAsync(Map(policy), People);
        await using var move = await world.InSyncAsync();
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        (await PeopleAsync(world)).ShouldContain($"3 {made}");

        await world.Pair.OnTargetAsync(
            $"UPDATE people SET name = 'Renamed' WHERE id = {ShapeWorld.Key("person", "3")}; UPDATE people SET email = 'chosen@x.org' WHERE id = {ShapeWorld.Key("person", "6")}; DELETE FROM people WHERE id = {ShapeWorld.Key("person", "8")}");
        await ShapeStreamTests.CaughtUpAsync(world, move, Side.Target);
        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);

        (await world.Pair.FromSourceAsync<string>("SELECT string_agg(format('%s %s %s', id, email, name), ', ' ORDER BY id) FROM person WHERE id IN (3, 6, 8)")).ShouldBe("3 ali@x.org Renamed, 6 chosen@x.org ");
        (await ListedAsync(world)).ShouldBe($"3 {policy}");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        (await PeopleAsync(world)).ShouldContain($"3 {made}");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task A_row_on_which_an_expression_fails_while_it_is_followed_is_set_aside_and_comes_back_once_it_is_mended()
    {
        await using var world = await ShapeWorld.CreateAsync("person: { to: people, unfit: quarantine, columns: { n: { sql: \"100 / n\" } } }\nnote:", People);
        await using var move = await world.InSyncAsync();

        await world.Pair.OnSourceAsync("UPDATE person SET n = 0 WHERE id IN (2, 3); INSERT INTO person (n, name) VALUES (0, 'never'); UPDATE person SET n = 5 WHERE id = 5");
        await ShapeStreamTests.CaughtUpAsync(world, move);

        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(format('%s %s', id, n), ', ' ORDER BY id) FROM people")).ShouldBe("1 100, 4 100, 5 20, 6 100, 7 100, 8 100");
        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(format('%s %s', key[1], reason), ', ' ORDER BY key) FROM pgsplit.refused")).ShouldBe(
            string.Join(", ", new[] { 2, 3, 9 }.Select(k => $"{k} an expression of the map fails on it: quarantine")));
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        await world.Pair.OnSourceAsync("UPDATE person SET n = 4 WHERE id IN (3, 9)");
        await ShapeStreamTests.CaughtUpAsync(world, move);
        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(format('%s %s', id, n), ', ' ORDER BY id) FROM people WHERE id IN (2, 3, 9)")).ShouldBe("3 25, 9 25");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task Plan_says_how_many_rows_a_policy_concerns_and_who_refers_to_them()
    {
        const string references = "ALTER TABLE note ADD FOREIGN KEY (author) REFERENCES person";
        await using var world = await ShapeWorld.CreateAsync(Map("keep_first"), People + references);

        var findings = (await Plan.RunAsync(ShapeWorld.MapOf(world, Map("keep_first")), null, Ct)).Findings;

        findings.Single(f => f.Code == "duplicates").ShouldSatisfyAllConditions(f => f.Severity.ShouldBe(Severity.Note), f => f.Why.ShouldBe("3 rows have the same email as a row before it: keep_first"));
        findings.Single(f => f.Code == "refers-to-refused").Why.ShouldBe("3 rows refer by author to rows of person that stay behind or are not there, one of them with key (3): the foreign key would not hold on the target");
        (await Plan.RunAsync(ShapeWorld.MapOf(world, Map("suffix")), null, Ct)).IsBlocked.ShouldBeFalse();
    }

    [Theory]
    [InlineData("suffix, column: n", "unique: suffix takes a text, and n is integer", "email, n")]
    [InlineData("set_null, column: name", "unique: set_null would empty name, which is NOT NULL", "email, name")]
    [InlineData("suffix, column: id", "unique: suffix would change id, a key or a reference", "email, id")]
    [InlineData("keep_first", "unique: names mail, which the target will not have", "mail")]
    public async Task A_policy_that_cant_be_carried_out_is_refused_before_anything_is_made(string policy, string why, string columns)
    {
        var map = $"person: {{ to: people, unique: [{{ columns: [{columns}], duplicates: {policy} }}] }}\nnote:";
        await using var world = await ShapeWorld.CreateAsync(map, People);

        (await Plan.RunAsync(ShapeWorld.MapOf(world, map), null, Ct)).Findings.First(f => f.Code == "shape").Why.ShouldStartWith(why);
        await using var move = await world.OpenAsync();
        (await Should.ThrowAsync<PgSplitException>(move.PrepareAsync(Ct))).Message.ShouldContain(why);
    }

    static readonly string[] Statements =
    [
        "INSERT INTO person (id, email) VALUES ({0}, '{2}') ON CONFLICT DO NOTHING", "UPDATE person SET email = '{2}' WHERE id = {0}", "UPDATE person SET email = NULL WHERE id = {0}",
        "UPDATE person SET name = name || 'x' WHERE id = {0}", "DELETE FROM person WHERE id = {0}", "UPDATE person SET id = {1} WHERE id = {0} AND NOT EXISTS (SELECT FROM person WHERE id = {1})",
    ];

    [Theory]
    [InlineData(DuplicateWord.KeepFirst, Traits = ["Category", "Long"])]
    [InlineData(DuplicateWord.Suffix)]
    [InlineData(DuplicateWord.SetNull, Traits = ["Category", "Long"])]
    [InlineData(DuplicateWord.Quarantine, Traits = ["Category", "Long"])]
    public async Task Whatever_is_written_whoever_is_not_listed_is_there_and_both_sides_agree(DuplicateWord policy)
    {
        await using var world = await ShapeWorld.CreateAsync(Map(policy), People + "TRUNCATE person, note");
        await using var move = await world.InSyncAsync();
        var statement = from which in Gen.Choose(0, Statements.Length - 1) from a in Gen.Choose(1, 6) from b in Gen.Choose(1, 6) from value in Gen.Elements("a", "A", "b", "B") from together in Gen.Choose(0, 2) select (which, a, b, value, together);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20).WithEndSize(20), Prop.ForAll(statement.ArrayOf(20).ToArbitrary(), steps =>
        {
            RunAsync().GetAwaiter().GetResult();
            return true;

            async Task RunAsync()
            {
                var sql = string.Concat(steps.Select(s => string.Format(System.Globalization.CultureInfo.InvariantCulture, Statements[s.which], s.a, s.b, s.value) + (s.together == 0 ? "; COMMIT; BEGIN; " : "; ")));
                await world.Pair.OnSourceAsync($"BEGIN; {sql} COMMIT");
                await ShapeStreamTests.CaughtUpAsync(world, move);
                (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
                // The unique index sees to the once; whoever is not listed has what he has on the source.
                await world.Pair.ShouldBeAsync("SELECT key, policy FROM pgsplit.flawed", "SELECT key, policy FROM pgsplit.flawed");
                await world.Pair.ShouldBeAsync(
                    $"SELECT email FROM people p WHERE NOT EXISTS (SELECT FROM pgsplit.flawed f JOIN LATERAL (SELECT {ShapeWorld.Key("person", "f.key[1]::int")} AS id) k ON k.id = p.id)",
                    "SELECT lower(email) FROM person s WHERE NOT EXISTS (SELECT FROM pgsplit.flawed f WHERE f.key[1] = s.id::text)");
            }
        }));
    }

    [Theory]
    [InlineData("copy.flaws-listed")]
    [InlineData("flaws.listed", Traits = ["Category", "Long"])]
    [InlineData("flaws.taken-off", Traits = ["Category", "Long"])]
    [InlineData("copy.keys", Traits = ["Category", "Long"])]
    public async Task A_move_that_is_stopped_while_it_deals_with_flaws_goes_on_and_both_sides_agree(string point)
    {
        await using var world = await ShapeWorld.CreateAsync(Map("keep_first"), People);
        var stopped = 0;
        Failpoint.Observer.Value = passed => passed == point && Interlocked.Exchange(ref stopped, 1) == 0 ? throw new IOException($"failpoint {point}") : Task.CompletedTask;
        try
        {
            await using var first = await world.OpenAsync();
            await first.PrepareAsync(Ct);
            await first.CopyAsync(Ct);
            await WriteAsync(first);
        }
        catch (IOException)
        {
            // The next process takes over.
        }

        await using var move = await world.OpenAsync();
        await move.CopyAsync(Ct);
        await WriteAsync(move);

        stopped.ShouldBe(1);
        (await ListedAsync(world)).ShouldBe("3 6 8 9 keep_first");
        (await PeopleAsync(world)).ShouldBe("1 ali@x.org, 2 bina@x.org, 4 -, 5 -, 7 a-very-long-one@x.pk");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        async Task WriteAsync(Move with)
        {
            await world.Pair.OnSourceAsync("INSERT INTO person (id, email) VALUES (9, 'BINA@x.org') ON CONFLICT DO NOTHING; UPDATE person SET name = 'x' WHERE id = 3");
            await ShapeStreamTests.CaughtUpAsync(world, with);
        }
    }

    /// <summary>Old key and e-mail of each row of the target.</summary>
    static async Task<string> PeopleAsync(MoveWorld world)
    {
        var olds = await world.Pair.FromSourceAsync<string>($"SELECT string_agg(format('%s=%s', {ShapeWorld.Key("person", "g")}, g), ',') FROM generate_series(1, 12) g");
        var old = olds!.Split(',').Select(o => o.Split('=')).ToDictionary(o => o[0], o => int.Parse(o[1], System.Globalization.CultureInfo.InvariantCulture));
        var rows = await world.Pair.FromTargetAsync<string>("SELECT string_agg(format('%s=%s', id, coalesce(email, '-')), ',') FROM people");
        return string.Join(", ", rows!.Split(',').Select(r => r.Split('=')).OrderBy(r => old[r[0]]).Select(r => $"{old[r[0]]} {r[1]}"));
    }

    /// <summary>What is listed, on both sides alike.</summary>
    static async Task<string?> ListedAsync(MoveWorld world)
    {
        const string all = "SELECT string_agg(key[1], ' ' ORDER BY key[1]::int) || ' ' || min(policy) FROM pgsplit.flawed";
        var here = await world.Pair.FromSourceAsync<string>(all);
        (await world.Pair.FromTargetAsync<string>(all)).ShouldBe(here);
        return here;
    }
}
