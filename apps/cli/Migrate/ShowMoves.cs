using System.CommandLine;
using System.Globalization;
using Hdms.Contracts;
using PgSplit.Control;

namespace Hdms.Cli.Migrate;

/// <summary><c>hdms migrate status</c>: each service's home and where its move stands. Changes nothing.</summary>
internal static class ShowMoves
{
    public static Command Create() => MigrateCommand.Verb(
        "status", "Where services are at home and where their moves stand. Changes nothing.", optional: true,
        (call, ct) => MigrateCommand.EachAsync(call, RunAsync, ct),
        "./hdms migrate status", "./hdms migrate status tickets --json", "watch ./hdms migrate status");

    /// <summary>As the verbs answer with --json.</summary>
    public static async Task<object> AnswerAsync(MoveOfService found, CancellationToken ct)
    {
        var status = found.IsOpen ? await found.Move!.StatusAsync(ct) : null;
        return new
        {
            Service = found.Service.Name,
            Home = found.Home.ToString(),
            State = status is null ? found.Journal is { } over ? Name(over.State) : "none" : Name(status.State),
            status?.WritesAt,
            status?.Epoch,
            status?.Reason,
            status?.Process,
            status?.Forward,
            status?.Back,
            status?.Verification,
            status?.WayBack,
            status?.Breaches,
            status?.Doing,
            status?.Tables,
        };
    }

    public static string Words(MoveStatus status) => $"{Name(status.State).Replace('_', ' ')}, writes at {(status.WritesAt == "nobody" ? "neither side" : "the " + status.WritesAt)}";

    static async Task<object?> RunAsync(MigrateCall call, Service service, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (!call.AsJson)
            await PrintAsync(found, ct);
        return await AnswerAsync(found, ct);
    }

    static async Task PrintAsync(MoveOfService found, CancellationToken ct)
    {
        var service = found.Service.Name;
        if (!found.IsOpen || await found.Move!.StatusAsync(ct) is not { } status)
        {
            Console.WriteLine($"{service}: at home in {found.Home.Database}, {(found.Move is null ? "its own database" : $"no move: hdms migrate start {service}")}");
            return;
        }

        Console.WriteLine($"{service}: {Words(status)}, epoch {status.Epoch}{(status.Reason is { } reason ? $": {MigrateWords.Of(reason, service)}" : "")}");
        var copied = status.Tables.Count(t => t.Copied);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  from, to  {found.Journal!.Source} → {found.Service.OwnDatabase}, {copied} of {status.Tables.Count} tables copied, {status.Tables.Sum(t => t.CopiedRows)} rows"));
        Console.WriteLine($"  streams   there {Stream(status.Forward)}; back {Stream(status.Back)}");
        Console.WriteLine($"  verified  {Verified(status.Verification)}");
        Console.WriteLine($"  way back  {MigrateWords.Of(status.WayBack, service)}");
        if (status.Breaches > 0)
            Console.WriteLine($"  breaches  {status.Breaches}: written past the fence; hdms migrate verify {service}");
        Console.WriteLine($"  process   {status.Process ?? $"none: nothing is followed; hdms migrate run {service}, or hdms up"}");
        if (status.Doing is { } doing)
            Console.WriteLine($"  doing     {doing}");
    }

    static string Verified(VerificationStatus v) => v.State switch
    {
        "failed" => $"failed: {v.Differences} rows differ",
        "unverified" => "no",
        var known => string.Create(CultureInfo.InvariantCulture, $"{known}, {v.Rows} rows at {v.At:u}{(v.Touched > 0 ? $", {v.Touched} keys written since" : "")}"),
    };

    static string Stream(StreamStatus? stream) => stream is null ? "none" : $"{(stream.Active ? "running" : "not running")}, {MigrateWords.Size(stream.LagBytes)} behind";

    static string Name(string state) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(state);
}
