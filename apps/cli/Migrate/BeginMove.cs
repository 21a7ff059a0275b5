using System.Collections.Concurrent;
using System.CommandLine;
using Hdms.Cli.Backup;
using Hdms.Contracts;

namespace Hdms.Cli.Migrate;

/// <summary>
/// <c>hdms migrate prepare</c> and <c>start</c>: a backup, the service's own database with its roles' rights, and then the engine.
/// </summary>
internal static class BeginMove
{
    static readonly Option<string?> Named = new("--backup") { Description = "A backup that is there, instead of a new one", HelpName = "NAME" };

    static readonly Option<bool> ThenExit = new("--then-exit") { Description = "End once it is in sync, instead of following until Ctrl-C where nobody else does" };

    /// <summary>One at a time: their roles are of the whole server.</summary>
    static readonly SemaphoreSlim Making = new(1, 1);

    public static Command CreatePrepare()
    {
        var command = MigrateCommand.Verb(
            "prepare", "Take a backup, and make the database and all that a move stands on, without a row.", optional: false,
            async (call, ct) =>
            {
                await BackUpAsync(call, ct);
                return await MigrateCommand.TogetherAsync(call, (_, service, token) => DoAsync(call, service, "prepare", token), ct);
            },
            "./hdms migrate prepare tickets", "./hdms migrate prepare tickets --backup hdms-20261130T060000Z");
        command.Options.Add(Named);
        return command;
    }

    public static Command CreateStart()
    {
        var command = MigrateCommand.Verb(
            "start", "Take a backup, copy, and keep the copy up. Goes on where it was.", optional: false, StartAsync,
            "./hdms migrate start tickets", "./hdms migrate start all --then-exit", "./hdms migrate start tickets --backup hdms-20261130T060000Z");
        command.Options.Add(Named);
        command.Options.Add(ThenExit);
        return command;
    }

    static async Task<IReadOnlyList<object?>> StartAsync(MigrateCall call, CancellationToken ct)
    {
        await BackUpAsync(call, ct);
        var hosted = await HostedMoves.AreHostedAsync(call.Server, ct);
        var follows = !hosted && !call.AsJson && !call.Parsed.GetValue(ThenExit);
        // As soon as one is copied it is followed, while the next is.
        var followed = new ConcurrentBag<Task>();
        var answers = await MigrateCommand.TogetherAsync(call, async (_, service, token) =>
        {
            var answer = await DoAsync(call, service, "start", token);
            if (follows && (await MoveOfService.FindAsync(call.Server, service, token)) is { IsOpen: true, Move: { } move })
                followed.Add(RunMoves.HostAsync(call, service, move, token));
            return answer;
        }, ct);
        if (!follows && !hosted && !call.AsJson)
            await Console.Error.WriteLineAsync($"note: nobody follows the changes now, and the server keeps its WAL: hdms migrate run {call.Named}, or hdms up");
        if (!followed.IsEmpty)
            call.Tell($"Followed from here until Ctrl-C. In another terminal: hdms migrate verify {call.Named}");
        await Task.WhenAll(followed);
        return answers;
    }

    static async Task<object?> DoAsync(MigrateCall call, Service service, string verb, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (found.Move is not { } move)
        {
            // Of all, those that are to be moved are meant.
            call.Tell($"{service.Name}: at home in {found.Home.Database}, its own database; nothing to move");
            return call.IsOfAll ? null : await ShowMoves.AnswerAsync(found, ct);
        }

        if (!found.IsOpen)
        {
            await Making.WaitAsync(ct);
            try
            {
                await MoveSteps.BeginAsync(call.Server, found, call.Slow, ct);
            }
            finally
            {
                Making.Release();
            }
        }

        using var progress = call.Progress(service);
        await move.DoAsync(verb, progress, progress.Say, ct);
        found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (await move.StatusAsync(ct) is { } status)
            call.Tell($"{service.Name}: {ShowMoves.Words(status)}; then: hdms migrate {(verb == "prepare" ? "start" : "verify")} {service.Name}");
        return await ShowMoves.AnswerAsync(found, ct);
    }

    /// <summary>Before anything is made, unless one is named; none where every move that is meant has begun.</summary>
    static async Task BackUpAsync(MigrateCall call, CancellationToken ct)
    {
        var installation = call.Server.Installation;
        if (call.Parsed.GetValue(Named) is { } named)
        {
            Manifest.Read(BackupFolder.Find(installation, named));
            return;
        }

        foreach (var service in call.Services)
        {
            if (await MoveOfService.FindAsync(call.Server, service, ct) is not { IsOpen: false, Move: not null })
                continue;
            var folder = await new TakeBackup(call.Server, call.Slow, TimeProvider.System).RunAsync(BackupFolder.DefaultRoot(installation), ct);
            call.Tell($"Backup: {folder}");
            return;
        }
    }
}
