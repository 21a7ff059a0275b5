namespace PgSplit.Tests;

/// <summary>Both sides hold the zoo, equal. Every test damages one thing on the target, and puts it right again by repair.</summary>
public sealed class VerifyHonestyTests(VerifyHonestyTests.CopiedZoo zoo) : IClassFixture<VerifyHonestyTests.CopiedZoo>
{
    [Theory]
    [Trait("Case", "77")]
    [InlineData("UPDATE numbers SET n = 1.00 WHERE id = 4", "changed numbers 4 n")]
    [InlineData("UPDATE numbers SET f8 = 0 WHERE id = 3", "changed numbers 3 f8", Traits = ["Category", "Long"])]
    [InlineData("UPDATE numbers SET f4 = 3e-45 WHERE id = 4", "changed numbers 4 f4", Traits = ["Category", "Long"])]
    [InlineData("UPDATE numbers SET i8 = i8 - 1 WHERE id = 2", "changed numbers 2 i8", Traits = ["Category", "Long"])]
    [InlineData("UPDATE texts SET t = 'trailing' WHERE id = 2", "changed texts 2 t")]
    [InlineData("UPDATE texts SET b = set_bit(b, 7, 1 - get_bit(b, 7)) WHERE id = 2", "changed texts 2 b", Traits = ["Category", "Long"])]
    [InlineData("UPDATE texts SET t = NULL WHERE id = 1", "changed texts 1 t", Traits = ["Category", "Long"])]
    [InlineData("UPDATE texts SET t = overlay(t PLACING 'X' FROM 2400000) WHERE id = 6", "changed texts 6 t", Traits = ["Category", "Long"])]
    [InlineData("UPDATE texts SET b = set_byte(b, 199999, 1) WHERE id = 6", "changed texts 6 b", Traits = ["Category", "Long"])]
    [InlineData("UPDATE documents SET j = '{\"a\": 1,  \"a\":2 , \"u\": \"\\u0000 \\ud83d\\ude00\"}' WHERE id = 1", "changed documents 1 j", Traits = ["Category", "Long"])]
    [InlineData("UPDATE arrays SET i = '[0:1]={2,3}' WHERE id = 3", "changed arrays 3 i", Traits = ["Category", "Long"])]
    [InlineData("UPDATE arrays SET i = '{1,2,3}' WHERE id = 3", "changed arrays 3 i", Traits = ["Category", "Long"])]
    [InlineData("UPDATE arrays SET pr[3] = NULL WHERE id = 2", "changed arrays 2 pr", Traits = ["Category", "Long"])]
    [InlineData("UPDATE own_types SET p = NULL WHERE id = 2", "changed own_types 2 p", Traits = ["Category", "Long"])]
    [InlineData("UPDATE own_types SET m = 'happy' WHERE id = 1", "changed own_types 1 m", Traits = ["Category", "Long"])]
    [InlineData("UPDATE times SET iv = '1 day' WHERE id = 5", "changed times 5 iv", Traits = ["Category", "Long"])]
    [InlineData("UPDATE times SET tz = tz AT TIME ZONE 'UTC' WHERE id = 6", "changed times 6 tz", Traits = ["Category", "Long"])]
    [InlineData("UPDATE ranges SET n = '[1,2]' WHERE id = 2", "changed ranges 2 n", Traits = ["Category", "Long"])]
    [InlineData("UPDATE texts a SET u = b.u FROM texts b WHERE (a.id, b.id) IN ((6, 7), (7, 6))", "changed texts 6 u; changed texts 7 u", Traits = ["Category", "Long"])]
    [InlineData("DELETE FROM texts WHERE id = 3", "missing texts 3")]
    [InlineData("INSERT INTO texts (id, t) VALUES (-1, 'new')", "extra texts -1")]
    [InlineData("UPDATE texts SET id = 99 WHERE id = 5", "missing texts 5; extra texts 99")]
    [InlineData("DELETE FROM parts WHERE id = 100", "missing parts 100|2025-03-11")]
    [InlineData("UPDATE child SET t = 'Child' WHERE id = 1", "changed child 1 t", Traits = ["Category", "Long"])]
    [InlineData("UPDATE parent SET t = 'Parent' WHERE id = 2", "changed parent 2 t", Traits = ["Category", "Long"])]
    [InlineData("UPDATE \"select \"\"of.all\"\" NAMES\" SET \"line\nbreak\" = '' WHERE \"from\" = 2", "changed select \"of.all\" NAMES 2 line\nbreak", Traits = ["Category", "Long"])]
    [InlineData("UPDATE enum_key SET v = 0 WHERE m = 'happy' AND n = 'NaN'", "changed enum_key happy|NaN v", Traits = ["Category", "Long"])]
    [InlineData("UPDATE text_key SET v = 0 WHERE t = ' ' AND c = 'a'", "changed text_key  |a    v", Traits = ["Category", "Long"])]
    [InlineData("INSERT INTO no_columns DEFAULT VALUES", "extra no_columns", Traits = ["Category", "Long"])]
    [InlineData("DELETE FROM no_key WHERE ctid = (SELECT min(ctid) FROM no_key WHERE b IS NULL AND a = 1)", "missing no_key 1||{\"a\":  1}|(1,2)")]
    [InlineData("UPDATE no_key SET j = '{\"a\": 1}' WHERE ctid = (SELECT min(ctid) FROM no_key WHERE b = 'twice' AND a = 2)", "missing no_key 2|twice|{\"a\":  1}|(1,2); extra no_key 2|twice|{\"a\": 1}|(1,2)", Traits = ["Category", "Long"])]
    [InlineData("UPDATE no_key SET b = '' WHERE a IS NULL AND ctid = (SELECT min(ctid) FROM no_key WHERE a IS NULL)", "missing no_key |||; extra no_key |||", Traits = ["Category", "Long"])]
    public async Task One_difference_is_found_with_its_key_and_column_and_nothing_else_and_is_repaired(string damage, string found)
    {
        await zoo.Pair.OnTargetAsync(damage);
        try
        {
            await zoo.Pair.VerifyAsync();
            (await zoo.Pair.DifferencesAsync()).ShouldBe(found.Split("; "), ignoreOrder: true);

            foreach (var table in await zoo.Pair.RepairAsync())
                (await PairInMove.ContentsAsync(zoo.Pair.Target, table)).ShouldBe(await PairInMove.ContentsAsync(zoo.Pair.Source, table), table.ToString());
        }
        catch
        {
            // So that only this test fails.
            await zoo.Pair.OnTargetAsync("TRUNCATE pgsplit.move_table, pgsplit.chunk");
            await zoo.Pair.CopyAsync();
            throw;
        }
    }

    public sealed class CopiedZoo : IAsyncLifetime
    {
        internal PairInMove Pair { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Pair = await PairInMove.WithZooAsync();
            await Pair.CopyAsync();
        }

        public ValueTask DisposeAsync() => Pair.DisposeAsync();
    }
}
