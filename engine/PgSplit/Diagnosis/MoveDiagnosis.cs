using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Fencing;
using PgSplit.Pg;
using PgSplit.Planning;
using PgSplit.Shape;

namespace PgSplit.Diagnosis;

/// <summary>What shows only with both sides of a move in view: who may write, whether fences, routes and journals say the same, drift, budgets.</summary>
static class MoveDiagnosis
{
    public static async Task RunAsync(MoveDefinition move, List<Finding> findings, CancellationToken ct)
    {
        await using var source = await new PgServer(move.Source).OpenAsync("doctor", ct);
        await using var target = await new PgServer(move.Target).OpenAsync("doctor", ct);
        if (await Journal.ReadAsync(source, move.Id, ct) is not { } s || await Journal.ReadAsync(target, move.Id, ct) is not { } t || t.State is MoveState.Completed or MoveState.Cancelled)
            return;

        Sides(s, t);
        var sides = new[] { (Session: source, Record: s, Address: move.Source), (Session: target, Record: t, Address: move.Target) };
        foreach (var (session, record, address) in sides)
        {
            await RouteAsync(session, record, address);
            if (t.State != MoveState.Planned)
                await FenceAsync(session, record, address);
            await BudgetAsync(session, record, address);
        }

        if (t.State is MoveState.InSync or MoveState.Switched or MoveState.Broken)
            await DriftAsync();
        if (t.State != MoveState.Planned && !await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_event_trigger WHERE evtname LIKE 'pgsplit%')", ct))
            Note("guard-detects-only", move.Target.Route, "changes of schema are found out, not refused: only a superuser can make event triggers", "let nobody change the tables meanwhile");

        void Sides(MoveRecord a, MoveRecord b)
        {
            if (a.Open && b.Open)
                Warn("both-open", move.Id, $"both sides say that they take writes (source epoch {a.Epoch}, target epoch {b.Epoch}): one was restored, or its journal changed by hand", "at once: end whatever writes to the one with the lower epoch, then `pgsplit resume`, which closes it; then `pgsplit verify`");
            else if (!a.Open && !b.Open && a.Epoch == b.Epoch)
                Warn("offline", move.Id, $"neither side takes writes: the move was begun with --offline (epoch {a.Epoch})", "let `pgsplit start --offline` go on to its end, or `pgsplit cancel`, which opens the source");
            else if (!a.Open && !b.Open)
                Warn("both-closed", move.Id, $"neither side takes writes: a switch has stopped between its two commits (source epoch {a.Epoch}, target epoch {b.Epoch})", "`pgsplit resume` opens the side that was to be open; nothing is lost");
        }

        async Task RouteAsync(NpgsqlConnection session, MoveRecord record, PgAddress address)
        {
            var route = await session.QueryAsync("SELECT epoch, write_address FROM pgsplit.route WHERE service = $1", r => (Epoch: r.GetInt64(0), Address: r.GetString(1)), ct, move.Id);
            var owner = record.Owner == Side.Source ? move.Source.Route : move.Target.Route;
            if (route.Count == 0)
                Warn("route-journal", address.Route, "there is no route: applications can't find the tables", "`pgsplit resume`; if it is still so, begin anew");
            else if (route[0].Epoch != record.Epoch || route[0].Address != owner)
                Warn("route-journal", address.Route, $"the route says {route[0].Address} at epoch {route[0].Epoch}, the journal {owner} at epoch {record.Epoch}", $"UPDATE pgsplit.route SET epoch = {record.Epoch}, write_address = {Sql.Text(owner)} WHERE service = {Sql.Text(move.Id)}, if the journal is right");
        }

        async Task FenceAsync(NpgsqlConnection session, MoveRecord record, PgAddress address)
        {
            var tables = await TableReader.ReadAsync(session, move.TablesAt(record.Side), ct);
            if (await Fence.GapsAsync(session, move.Id, tables, ct) is { Count: > 0 } gaps)
                Warn("fence-gap", $"{string.Join(", ", gaps)} at {address.Route}", "the fence is missing, or disabled", "`pgsplit resume` puts it back; then `pgsplit verify`, since writes may have got through");
            if (await Fence.BodyAsync(session, move.Id, ct) is not { } body)
                Warn("fence-gap", address.Route, "the fence's function is gone", "`pgsplit resume`, then `pgsplit verify`");
            else if (Fence.IsOpen(body) != record.Open)
                Warn("fence-replaced", address.Route, $"the fence's function lets everybody write: {(Fence.IsOpen(body) ? "yes" : "no")}; the journal: {(record.Open ? "yes" : "no")}. Somebody has replaced the function", "find out who; `pgsplit switch` or `pgsplit reverse` writes it anew, `pgsplit verify` finds what got through");
        }

        async Task BudgetAsync(NpgsqlConnection session, MoveRecord record, PgAddress address)
        {
            var slot = $"{move.ObjectName}_{(record.Side == Side.Source ? "f" : "r")}";
            var kept = await session.ScalarAsync<long>("SELECT coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint FROM pg_replication_slots WHERE slot_name = $1", ct, slot);
            var budget = move.Options.WalBudgetBytes;
            if (kept > budget / 2)
                Warn("wal-kept", slot, $"the server keeps {DatabaseDiagnosis.Size(kept)} of WAL, of at most {DatabaseDiagnosis.Size(budget)}: beyond that the slot is dropped", $"`pgsplit run`, if nobody follows; else a larger `wal_budget` while its disk has room");
            else if (kept > 0)
                Note("wal-kept", $"{slot} at {address.Route}", $"keeps {DatabaseDiagnosis.Size(kept)} of WAL, of at most {DatabaseDiagnosis.Size(budget)}", null);
        }

        async Task DriftAsync()
        {
            var set = await ShapedMove.PlainAsync(source, move, await ShapeState.ReadAsync(target, move.Id, ct), ct);
            foreach (var difference in await CatalogDiff.CompareAsync(source, target, set, ct))
                Warn("schema-drift", move.Id, $"both sides' schema differ: {difference}", "make it the same on both (`pgsplit ddl allow`), then `pgsplit resume` and `pgsplit verify`");
        }

        void Warn(string code, string what, string why, string remedy) => findings.Add(new Finding(Severity.Warning, code, move.Id, what, why, remedy));
        void Note(string code, string what, string why, string? remedy) => findings.Add(new Finding(Severity.Note, code, move.Id, what, why, remedy));
    }
}
