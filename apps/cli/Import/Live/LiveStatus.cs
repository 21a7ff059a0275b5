using System.Globalization;
using Dapper;
using Hdms.Cli.Migrate;
using PgSplit.Control;

namespace Hdms.Cli.Import.Live;

/// <summary><c>hdms import status</c>: how far a live import is, and which side takes writes.</summary>
internal static class LiveStatus
{
    public static async Task TellAsync(ImportPlace place, Replica replica, TextWriter output, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        var (state, status) = (await LiveState.ReadAsync(connection, ct), await replica.StatusAsync(ct));
        foreach (var (name, said) in await connection.QueryAsync<(string, string)>(new CommandDefinition("SELECT name, said FROM hdms_import.step ORDER BY done_at", cancellationToken: ct)))
            await SayAsync($"{name,-22} {said}");
        if (status is null)
        {
            await SayAsync($"{"replica",-22} not begun");
            return;
        }

        var where = status switch
        {
            { State: nameof(MoveState.Completed) } => "closed for good",
            { WritesAt: "source" } => "takes writes",
            _ => "fenced; hdms import cutover goes on, hdms import cancel opens it",
        };
        await SayAsync($"{"old help desk",-22} {status.Source}: {where}");
        if (status.State != nameof(MoveState.Completed))
        {
            var copied = status.Tables.Count(t => t.Copied);
            await SayAsync($"{"replica",-22} {Words(status.State)}, {copied} of {status.Tables.Count} tables copied{(status.Forward is { } f ? $", {MigrateWords.Size(f.LagBytes)} behind" : "")}, {(status.Process is null ? "nobody follows it" : $"followed by {status.Process}")}{(status.Reason is null ? "" : $": {status.Reason}")}");
            var waiting = await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('hdms_import.touched') IS NOT NULL", cancellationToken: ct)) ? await Pass.WaitingAsync(connection, ct) : 0;
            await SayAsync($"{"passes",-22} {state.Passes} after the first, the last in {state.LastSeconds} s; {waiting:N0} tickets and others were written to since");
        }

        if (state.Pause is { } pause)
            await SayAsync($"{"write pause",-22} {MigrateWords.Of(pause)}");

        Task SayAsync(FormattableString text) => output.WriteLineAsync(text.ToString(CultureInfo.InvariantCulture));
    }

    static string Words(string state) => state switch
    {
        nameof(MoveState.InSync) => "in sync",
        nameof(MoveState.CatchingUp) => "catching up",
        _ => state.ToLowerInvariant(),
    };
}
