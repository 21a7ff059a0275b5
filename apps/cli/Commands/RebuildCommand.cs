using System.CommandLine;
using System.Text.Json;
using Hdms.Cli.Hosting;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Hosting;
using Hdms.Kit.Rebuild;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Cli.Commands;

/// <summary><c>hdms events rebuild</c>: the services' tables compared with their logs, and made what these say.</summary>
internal static class RebuildCommand
{
    // All that --json gives would fill the screen.
    const int NamedWithoutEvents = 3;

    static readonly Argument<string?> Service = new("service")
    {
        Description = "A service; all of them if none is named",
        Arity = ArgumentArity.ZeroOrOne,
    };

    static readonly Option<bool> Check = new("--check") { Description = "Only compare, row by row and column by column; exit code 1 when a row differs" };
    static readonly Option<bool> ShowValues = new("--show-values") { Description = "With the values that differ, which may be personal" };
    static readonly Option<bool> Yes = new("--yes") { Description = "Change the rows without asking" };
    static readonly Option<bool> AsJson = new("--json") { Description = "For programs" };

    public static Command Create()
    {
        var command = new Command("rebuild", "Make the services' tables again from their event logs, and compare: then, without --check, put right what differs.")
        {
            Service, Check, ShowValues, Yes, AsJson,
        };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var definitions = AllServices.Named(parsed.GetValue(Service));
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        var found = new List<Found>();
        foreach (var definition in definitions)
        {
            slow.Report($"Comparing {definition.Service.Name} with its log");
            await QuietService.UseAsync(server.Settings, definition, async services =>
            {
                var check = new StateCheck(definition.Service.Name, definition.State, services.GetRequiredService<EventReader>());
                var tables = await check.RunAsync(services.GetRequiredService<ServiceDatabase>(), parsed.GetValue(ShowValues), ct);
                found.AddRange(tables.Select(t => Found.Of(definition.Service.Name, t)));
                if (!parsed.GetValue(AsJson))
                    Print(definition.Service.Name, tables);
                if (!parsed.GetValue(Check) && tables.Any(t => t.Different > 0))
                    await PutRightAsync(parsed, server, definition, check, tables, ct);
            }, ct);
        }

        if (parsed.GetValue(AsJson))
            Console.WriteLine(JsonSerializer.Serialize(found, AnswerJson.Options));
        return parsed.GetValue(Check) && found.Exists(f => f.Different > 0) ? ExitCode.Failed : ExitCode.Done;
    }

    static async Task PutRightAsync(
        ParseResult parsed, DatabaseServer server, ServiceDefinition definition, StateCheck check, IReadOnlyList<TableCheck> found, CancellationToken ct)
    {
        var service = definition.Service;
        var question = $"Make what differs of {service.Name}, {found.Sum(t => t.Different)} in all, what its log says?";
        if (!parsed.GetValue(Yes) && !Ask(question, parsed.GetValue(AsJson)))
            throw new OneLineError($"Nothing of {service.Name} was changed.");
        await using var owner = await server.OpenAsOwnerAsync(service, await server.HomeOfAsync(service, ct), ct);
        var done = await StateRepair.RunAsync(owner, service.Name, check, found, ct);
        if (!parsed.GetValue(AsJson))
            Console.WriteLine($"{service.Name}: rows put right: {done.Sum(t => t.Different)}");
    }

    static bool Ask(string question, bool ofProgram)
    {
        if (ofProgram || Console.IsInputRedirected)
            throw new OneLineError("Rows would be changed, and there is nobody to ask. Add --yes, or --check to compare only.", ExitCode.WrongUsage);
        Console.Write($"{question} [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    static void Print(string service, IReadOnlyList<TableCheck> tables)
    {
        foreach (var table in tables)
        {
            Console.WriteLine($"{service}: {table.Table}: {table.Compared} rows compared, {table.Different switch { 0 => "none differs", 1 => "1 differs", _ => $"{table.Different} differ" }}");
            foreach (var difference in table.First)
                Print(difference);
            if (table.Different > table.First.Count)
                Console.WriteLine($"  … and {table.Different - table.First.Count} more");
            if (table.WithoutEvents == 0)
                continue;
            Console.WriteLine($"  {table.WithoutEvents} rows without events of their version, which are not compared → hdms events backfill {service}");
            foreach (var id in table.FirstWithoutEvents.Take(NamedWithoutEvents))
                Console.WriteLine($"    {id}");
            if (table.FirstWithoutEvents.Count > NamedWithoutEvents)
                Console.WriteLine("    …");
        }
    }

    static void Print(RowDifference row)
    {
        Console.WriteLine(row.Kind switch
        {
            Difference.Missing => $"  {row.Key}  is in the log and not in the table",
            Difference.Extra => $"  {row.Key}  is in the table and not in the log",
            _ => $"  {row.Key}  {string.Join(", ", row.Columns)}",
        });
        foreach (var (column, value) in row.Table ?? [])
            Console.WriteLine($"    {column}: {Text(value)}, in the log {Text(row.Log?[column])}");
    }

    static string Text(System.Text.Json.Nodes.JsonNode? value) => value?.ToJsonString(AnswerJson.Options) ?? "null";

    /// <summary>What <c>--json</c> says of a table.</summary>
    sealed record Found(
        string Service, string Table, long Compared, long Different, IReadOnlyList<RowDifference> Differences, long WithoutEvents, IReadOnlyList<string> FirstWithoutEvents)
    {
        public static Found Of(string service, TableCheck t) => new(service, t.Table, t.Compared, t.Different, t.First, t.WithoutEvents, t.FirstWithoutEvents);
    }
}
