using System.CommandLine;
using Hdms.Contracts;

namespace Hdms.Cli.Migrate;

/// <summary><c>hdms migrate verify</c> and <c>repair</c>: every row of both sides, while both are in use.</summary>
internal static class VerifyMove
{
    const int Most = 20;

    public static Command Create() => MigrateCommand.Verb(
        "verify", $"Compare every row of both sides while both are in use. Ends with {ExitCode.Different} where rows differ.", optional: false, (call, ct) => MigrateCommand.TogetherAsync(call, RunAsync, ct),
        "./hdms migrate verify tickets", "./hdms migrate verify all --json");

    public static Command CreateRepair() => MigrateCommand.Verb(
        "repair", "Make rows that differ what they are on the side that has the writes.", RepairAsync, "./hdms migrate repair tickets");

    static async Task<object?> RunAsync(MigrateCall call, Service service, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (call.IsOfAll && !found.IsOpen)
            return null;
        using var progress = call.Progress(service);
        var compared = await found.Begun.VerifyAsync(progress, progress.Say, ct);
        if (compared.Differences.Count > 0)
            call.ExitCode = ExitCode.Different;
        var told = new List<string> { $"{service.Name}: {compared.Rows} rows of {compared.Tables} tables compared, {(compared.Differences.Count == 0 ? $"both sides are equal; then: hdms migrate switch {service.Name}" : $"{compared.Differences.Count} differ")}" };
        told.AddRange(compared.Differences.Take(Most).Select(d => $"  {d.Table} ({string.Join(", ", d.Key.Select(k => k ?? "null"))}) {d.Kind}{(d.Columns.Count > 0 ? $": {string.Join(", ", d.Columns)}" : "")}"));
        if (compared.Differences.Count > 0)
            told.Add($"  {(compared.Differences.Count > Most ? $"and {compared.Differences.Count - Most} more, which --json has " : "")}→ hdms migrate repair {service.Name}, then verify; and ask who wrote past the fence");
        // In one piece: another service's may come at the same time.
        call.Tell(string.Join('\n', told));
        return new { Service = service.Name, compared.Rows, Equal = compared.Differences.Count == 0, compared.Tables, compared.Differences };
    }

    static async Task<object?> RepairAsync(MigrateCall call, Service service, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (call.IsOfAll && !found.IsOpen)
            return null;
        using var progress = call.Progress(service);
        await found.Begun.RepairAsync(progress, progress.Say, ct);
        call.Tell($"{service.Name}: repaired; then: hdms migrate verify {service.Name}");
        return await ShowMoves.AnswerAsync(found, ct);
    }
}
