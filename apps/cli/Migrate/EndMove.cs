using System.CommandLine;
using Hdms.Contracts;

namespace Hdms.Cli.Migrate;

/// <summary><c>hdms migrate complete</c>, <c>cancel</c>, and <c>resume</c> for what has stopped.</summary>
internal static class EndMove
{
    static readonly Option<bool> Rename = new("--rename") { Description = "Old tables stay as …_moved" };
    static readonly Option<bool> Drop = new("--drop") { Description = "Old tables go; else they stay, behind their fence" };
    static readonly Option<bool> Force = new("--force") { Description = "Though the old tables do not have everything" };

    public static Command CreateComplete()
    {
        var command = MigrateCommand.Verb(
            "complete", "End a switched move: no way back then but a move the other way or a rollback. The configuration gets the new home.", CompleteAsync,
            "./hdms migrate complete tickets", "./hdms migrate complete all --drop");
        foreach (var option in new[] { Rename, Drop, Force })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Rename) && result.GetValue(Drop))
                result.AddError("--rename and --drop exclude each other");
        });
        return command;
    }

    public static Command CreateCancel() => MigrateCommand.Verb(
        "cancel", "Give a move up that is not switched; the service goes on where it is.", (call, service, ct) => SimplyAsync(call, service, "cancel", ct),
        "./hdms migrate cancel tickets");

    public static Command CreateResume() => MigrateCommand.Verb(
        "resume", "Go on after a stop, once what was wrong is put right.", (call, service, ct) => SimplyAsync(call, service, "resume", ct),
        "./hdms migrate resume tickets");

    static async Task<object?> CompleteAsync(MigrateCall call, Service service, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        // One that was stopped after the engine's part is gone on with.
        if (found.IsOpen)
        {
            using var progress = call.Progress(service);
            var parsed = call.Parsed;
            await found.Move!.DoAsync(
                "complete", progress, progress.Say, ct, oldTables: parsed.GetValue(Drop) ? "drop" : parsed.GetValue(Rename) ? "rename" : "keep", force: parsed.GetValue(Force));
        }
        else if (found is not { Move: null, Journal.State: "Completed" })
        {
            if (!call.IsOfAll)
                _ = found.Begun;
            return null;
        }

        var recorded = await MoveSteps.EndAsync(call.Server, found, ct);
        call.Tell($"{service.Name}: complete, at home in {service.OwnDatabase}; {recorded}");
        return new { Service = service.Name, State = "completed", Home = found.Own.ToString(), Configuration = recorded };
    }

    static async Task<object?> SimplyAsync(MigrateCall call, Service service, string verb, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (call.IsOfAll && !found.IsOpen)
            return null;
        using var progress = call.Progress(service);
        await found.Begun.DoAsync(verb, progress, progress.Say, ct);
        found = await MoveOfService.FindAsync(call.Server, service, ct);
        call.Tell(verb == "cancel"
            ? $"{service.Name}: the move is cancelled, at home in {found.Home.Database} as before"
            : $"{service.Name}: {(found.IsOpen && await found.Move!.StatusAsync(ct) is { } status ? ShowMoves.Words(status) : "no move")}");
        return await ShowMoves.AnswerAsync(found, ct);
    }
}
