using Npgsql;
using PgSplit.Catalog;
using PgSplit.Mapping;
using PgSplit.Planning.Checks;

namespace PgSplit.Planning;

/// <summary>
/// Looks whether the services of a map can be moved (PROTOCOL 1.1). Changes nothing: its sessions are read-only, no lock is taken
/// beyond those of reading the catalog, and each question is bounded in time. To be asked again as often as one likes.
/// </summary>
static class Plan
{
    /// <summary>In the order in which they are told.</summary>
    static readonly Func<Examination, CancellationToken, Task>[] Checks =
    [
        NamedTables.CheckAsync,
        ForeignKeys.CheckAsync,
        Views.CheckAsync,
        Functions.CheckAsync,
        RulesAndPolicies.CheckAsync,
        Sequences.CheckAsync,
        Types.CheckAsync,
        Inheritance.CheckAsync,
        Triggers.CheckAsync,
        RowIdentities.CheckAsync,
        Shapes.CheckAsync,
        Storage.CheckAsync,
        LargeValues.CheckAsync,
        IndexesAndConstraints.CheckAsync,
        Publications.CheckAsync,
        ServerReadiness.CheckAsync,
        Privileges.CheckAsync,
        Encodings.CheckAsync,
        Extensions.CheckAsync,
        Activity.CheckAsync,
        CrossingStatements.CheckAsync,
        Disk.CheckAsync,
        TargetContents.CheckAsync,
    ];

    /// <summary>Examines one service of a map, or all of them.</summary>
    /// <exception cref="PgSplitException">The source can't be reached, or the map has no such service.</exception>
    public static Task<PlanReport> RunAsync(Map map, string? service, CancellationToken ct) => RunAsync(map, service, new PlanLimits(), ct);

    /// <inheritdoc cref="RunAsync(Map, string?, CancellationToken)"/>
    public static async Task<PlanReport> RunAsync(Map map, string? service, PlanLimits limits, CancellationToken ct)
    {
        var findings = new List<Finding>();
        findings.AddRange(map.Warnings.Select(w => new Finding(Severity.Warning, "password-in-map", null, $"{map.Path}:{w.Line}", w.What, w.Remedy)));

        var services = service is null ? map.Services : [map.ServiceOf(service)];
        await using var source = await Sessions.OpenSourceAsync(map.Source, limits, findings, ct);
        if (source is null)
            return new PlanReport(findings, []);

        await Placement.CheckAsync(map, source, findings, ct);
        var plans = new List<ServicePlan>();
        foreach (var one in services)
        {
            await using var target = await Sessions.OpenTargetAsync(one, limits, findings, ct);
            var x = new Examination
            {
                Map = map,
                Service = one,
                Limits = limits,
                Source = source,
                Target = target,
                Tables = await TableReader.ReadAsync(source, one.Move.Tables, ct),
            };
            if (!await SameDatabase.IsAsync(x, ct))
                await CheckAsync(x, ct);
            findings.AddRange(x.Findings);
            plans.Add(await Sizes.OfAsync(x, ct));
        }

        return new PlanReport([.. findings.OrderByDescending(f => f.Severity)], plans);
    }

    static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        foreach (var check in Checks)
        {
            try
            {
                await check(x, ct);
            }
            // A question that may not be asked, or takes too long, must not hide the answers to the others.
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.InsufficientPrivilege && !ct.IsCancellationRequested)
            {
                x.Warning("not-examined", check.Method.DeclaringType!.Name, $"could not be looked at: {e.MessageText}", "look yourself, or plan again as a role that may");
            }
        }
    }
}
