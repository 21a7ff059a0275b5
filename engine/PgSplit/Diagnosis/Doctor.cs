using PgSplit.Control;
using PgSplit.Mapping;
using PgSplit.Pg;
using PgSplit.Planning;

namespace PgSplit.Diagnosis;

/// <summary>
/// Looks for what a person should see to: of each move on both sides, and of each database what is left of moves that nobody knows any
/// more. Read-only; a warning needs somebody, a note is good to know.
/// </summary>
static class Doctor
{
    /// <summary>The databases and moves of a map, or of one service of it.</summary>
    public static async Task<IReadOnlyList<Finding>> OfMapAsync(Map map, string? service, CancellationToken ct)
    {
        List<MoveDefinition> moves = service is null ? [.. map.Services.Select(s => s.Move)] : [map.Service(service)];
        var findings = new List<Finding>();
        foreach (var address in moves.SelectMany(m => new[] { m.Source, m.Target }).DistinctBy(a => a.Route))
            await TryAsync(null, () => DatabaseDiagnosis.RunAsync(address, findings, ct));
        foreach (var move in moves)
            await TryAsync(move.Id, () => MoveDiagnosis.RunAsync(move, findings, ct));
        return Sorted(findings);

        // One server that is down must not hide what is wrong with the others.
        async Task TryAsync(string? of, Func<Task> look)
        {
            try
            {
                await look();
            }
            catch (PgSplitException e) when (e.ExitCode == ExitCode.Unreachable)
            {
                if (findings.All(f => f.Why != e.Message))
                    findings.Add(new Finding(Severity.Warning, "unreachable", of, of ?? "server", e.Message, e.Remedy));
            }
        }
    }

    /// <summary>One database, when nobody has a map of it.</summary>
    public static async Task<IReadOnlyList<Finding>> OfDatabaseAsync(PgAddress address, CancellationToken ct)
    {
        var findings = new List<Finding>();
        await DatabaseDiagnosis.RunAsync(address, findings, ct);
        return Sorted(findings);
    }

    static List<Finding> Sorted(List<Finding> findings) => [.. findings.OrderByDescending(f => f.Severity)];
}
