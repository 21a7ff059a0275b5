using System.Diagnostics;
using System.Text.Json;
using PgSplit.Control;

namespace PgSplit;

/// <summary>
/// A verb from any terminal: done here if nobody has the move, else by the process that has it. If that goes away in the middle, it is
/// done here after all: every verb can be repeated.
/// </summary>
static class Steer
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200), Fresh = TimeSpan.FromSeconds(5);

    /// <param name="follow">Stay and host the streams afterwards, if it was done here.</param>
    /// <exception cref="PgSplitException">It could not be done, here or there.</exception>
    public static async Task<Steered> RunAsync(
        MoveDefinition definition, string verb, VerbArguments arguments, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct, bool follow = false)
    {
        while (true)
        {
            if (await MoveHost.TryDoAsync(definition, verb, arguments, follow, progress, say, ct) is { } done)
                return done;
            if (await AskAsync(definition, verb, arguments, progress, say, ct) is { } answered)
                return answered;
        }
    }

    // Null where it was not done, and may be done here now.
    static async Task<Steered?> AskAsync(MoveDefinition definition, string verb, VerbArguments arguments, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        await using var requests = await Requests.TryOpenAsync(definition, ct);
        if (requests is null)
        {
            // Another process is about to make the move's state.
            await Task.Delay(Poll, ct);
            return null;
        }

        var id = await requests.AskAsync(verb, JsonSerializer.Serialize(arguments, JsonSerializerOptions.Web), begun: false, ct);
        try
        {
            return await FollowAsync(requests, id, verb, progress, say, ct);
        }
        catch (Exception e) when (ct.IsCancellationRequested)
        {
            var withdrawn = await requests.WithdrawAsync(id, CancellationToken.None);
            throw new PgSplitException(
                ExitCode.Interrupted, withdrawn ? $"interrupted; {verb} had not begun, and does not" : $"interrupted; the process that has the move goes on with {verb}",
                withdrawn ? null : "pgsplit status --watch", e);
        }
    }

    static async Task<Steered?> FollowAsync(Requests requests, long id, string verb, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        var (asked, fresh) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        var (heard, waits) = (0, false);
        while (true)
        {
            await Task.Delay(Poll, ct);
            if (await requests.ReadAsync(id, ct) is not { } state)
                return null;
            heard = Tell(state, heard, progress, say);
            if (state.IsFinished)
                return state.ExitCode is { } code ? Answer(code, state.Answer, verb) : null;

            if (await requests.HolderAsync(ct) is not { } holder)
            {
                // Whoever had it has gone. Begun or not, nobody does it any more.
                await requests.FinishAsync(id, null, null, ct);
                return null;
            }

            if (state.IsBegun)
                continue;
            if (!waits && Stopwatch.GetElapsedTime(asked) > TimeSpan.FromSeconds(1) && await requests.DoingAsync(ct) is { } doing)
            {
                say?.Invoke($"{holder} is at {doing}; {verb} comes after that");
                waits = true;
            }

            if (Stopwatch.GetElapsedTime(fresh) > Fresh)
            {
                await requests.KeepFreshAsync(id, ct);
                fresh = Stopwatch.GetTimestamp();
            }

            if (Stopwatch.GetElapsedTime(asked) > Requests.Patience && await requests.DoingAsync(ct) is null && await requests.WithdrawAsync(id, ct))
                throw new PgSplitException(ExitCode.Refused, $"{holder} has the move and does not do what it is asked", "end that process, then run this again");
        }
    }

    static int Tell(RequestState state, int heard, IProgress<MoveProgress>? progress, Action<string>? say)
    {
        if (state.Progress is null || JsonSerializer.Deserialize<RequestProgress>(state.Progress, JsonSerializerOptions.Web) is not { } news)
            return heard;
        foreach (var said in news.Said.Skip(heard))
            say?.Invoke(said);
        if (news.ToProgress() is { } p)
            progress?.Report(p);
        return Math.Max(heard, news.Said.Count);
    }

    static Steered Answer(ExitCode code, string? answer, string verb)
    {
        if (code == ExitCode.Done)
            return new Steered(answer, Here: false);
        var failure = answer is null ? null : JsonSerializer.Deserialize<MoveHost.Failure>(answer, JsonSerializerOptions.Web);
        throw new PgSplitException(code, failure?.Message ?? $"{verb} was interrupted", failure?.Remedy);
    }
}

/// <param name="Json">What the verb came to; null where there is nothing to tell.</param>
/// <param name="Here">Done by this process, so that nobody follows the changes when it ends.</param>
sealed record Steered(string? Json, bool Here)
{
    public T Answer<T>() => JsonSerializer.Deserialize<T>(Json!, JsonSerializerOptions.Web)!;
}
