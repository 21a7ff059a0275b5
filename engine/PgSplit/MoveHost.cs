using System.Text.Json;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit;

/// <summary>
/// The process that has a move's lock: its streams run here, and it does what other terminals ask for (pgsplit.request), one thing at a
/// time. It may end at any moment; whoever has the lock next goes on.
/// </summary>
sealed class MoveHost : IAsyncDisposable
{
    static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(5), Poll = TimeSpan.FromMilliseconds(250);

    readonly Move _move;
    readonly Relay _relay;
    readonly Requests _requests;
    readonly SemaphoreSlim _quiet = new(1, 1);
    Exception? _lost;
    string? _fault;

    MoveHost(Move move, Requests requests, Relay relay) => (_move, _requests, _relay) = (move, requests, relay);

    /// <summary>
    /// Hosts a move until it is over or this is stopped. While another process has it, waits to take over; a server that goes away is waited for.
    /// </summary>
    /// <param name="say">Told, in a sentence, what happens.</param>
    public static async Task RunAsync(MoveDefinition definition, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        string? told = null;
        void Once(string what)
        {
            if (what != told)
                say?.Invoke(told = what);
        }

        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var host = await TryOpenAsync(definition, begins: false, progress, say, ct);
                if (host is not null)
                {
                    Once($"{definition.Id}: its streams run here");
                    await host.HostAsync(null, follow: true, ct);
                    return;
                }

                Once($"{definition.Id}: another process has it; this one takes over when that ends");
                await Task.Delay(TimeSpan.FromSeconds(1), ct);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or IOException or PgSplitException { ExitCode: ExitCode.Unreachable })
            {
                Once($"{definition.Id}: {e.Message}; trying again");
                await Task.Delay(TimeSpan.FromSeconds(2), ct).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Does one thing, if nobody else has the move.</summary>
    /// <param name="follow">Stay afterwards, as <see cref="RunAsync"/> does.</param>
    /// <returns>Its answer; null where another process has the move.</returns>
    public static async Task<Steered?> TryDoAsync(
        MoveDefinition definition, string verb, VerbArguments arguments, bool follow, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        string? answer;
        await using (var host = await TryOpenAsync(definition, begins: verb is "prepare" or "start", progress, say, ct))
        {
            if (host is null)
                return null;
            var json = JsonSerializer.Serialize(arguments, JsonSerializerOptions.Web);
            try
            {
                answer = await host.HostAsync(new Request(await host._requests.AskAsync(verb, json, begun: true, ct), verb, json), follow, ct);
            }
            catch (LostException e)
            {
                throw new PgSplitException(ExitCode.Unreachable, e.Message, "run it again: it goes on where it was", e);
            }

            if (!follow || host._lost is null)
                return new Steered(answer, Here: true);
        }

        // Its lock was lost after the verb was done: followed from where it stopped.
        await RunAsync(definition, progress, say, ct);
        return new Steered(answer, Here: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _requests.DisposeAsync();
        await _move.DisposeAsync();
        _quiet.Dispose();
    }

    // begins: the verb makes the move's state where there is none yet.
    static async Task<MoveHost?> TryOpenAsync(MoveDefinition definition, bool begins, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        var relay = new Relay(progress, say);
        Move? move;
        try
        {
            move = await Move.TryOpenAsync(definition, relay, relay.Say, ct);
        }
        catch (BrokenException e)
        {
            throw MoveVerb.Explain(e, "open")!;
        }

        if (move is null)
            return null;
        try
        {
            if (begins)
            {
                await using var target = await new PgServer(definition.Target).OpenAsync("install", ct);
                await Journal.InstallAsync(target, ct);
            }

            var requests = await Requests.TryOpenAsync(definition, ct)
                ?? throw new PgSplitException(ExitCode.Refused, $"there is no move {definition.Id}", "pgsplit start");
            await requests.TidyAsync(ct);
            return new MoveHost(move, requests, relay);
        }
        catch
        {
            await move.DisposeAsync();
            throw;
        }
    }

    async Task<string?> HostAsync(Request? own, bool follow, CancellationToken ct)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var ticking = TickAsync(lost);
        string? answer = null;
        var isFollowing = own is null;
        try
        {
            if (own is not null)
                answer = (await DoAsync(own, isOwn: true, lost.Token)).Answer;
            isFollowing = follow;
            if (follow && own is not null)
                _relay.Say($"{_move.Definition.Id}: in sync, and followed until Ctrl-C");
            while (follow)
            {
                TellOfFault();
                if (await _requests.NextAsync(lost.Token) is not { } request)
                {
                    await Task.Delay(Poll, lost.Token);
                    continue;
                }

                _relay.Say($"{_move.Definition.Id}: {request.Verb}, as another terminal asks");
                if ((await DoAsync(request, isOwn: false, lost.Token)).ExitCode == ExitCode.Done && request.Verb is "complete" or "cancel")
                {
                    _relay.Say($"{_move.Definition.Id}: the move is over");
                    break;
                }
            }

            return answer;
        }
        catch (Exception) when (ct.IsCancellationRequested && isFollowing)
        {
            // That is how following ends.
            return answer;
        }
        catch (Exception) when (_lost is not null && !ct.IsCancellationRequested)
        {
            if (own is not null && isFollowing)
                return answer;
            throw new LostException($"the move's lock is lost: {_lost.Message}", _lost);
        }
        finally
        {
            await lost.CancelAsync();
            await ticking;
        }
    }

    async Task TickAsync(CancellationTokenSource stop)
    {
        var ct = stop.Token;
        try
        {
            while (true)
            {
                await _quiet.WaitAsync(ct);
                try
                {
                    await _move.TickAsync(ct);
                }
                finally
                {
                    _quiet.Release();
                }

                await Task.Delay(TickEvery, ct);
            }
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception e)
        {
            // Without its lock it may not go on: another process may have the move already.
            _lost = e;
            await stop.CancelAsync();
        }
    }

    async Task<(ExitCode ExitCode, string? Answer)> DoAsync(Request request, bool isOwn, CancellationToken ct)
    {
        using var giveWay = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var isAlone = MoveVerb.IsAlone(request.Verb);
        if (isAlone)
            await _quiet.WaitAsync(ct);
        _relay.Begin();
        try
        {
            var doing = MoveVerb.RunAsync(_move, request.Verb, request.Arguments, giveWay.Token);
            await WatchAsync(request, doing, giveWay);
            var answer = await doing;
            await FinishAsync(request, ExitCode.Done, answer);
            return (ExitCode.Done, answer);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // Left where it is; who asked goes on with it himself.
            await FinishAsync(request, isOwn ? ExitCode.Interrupted : null, null);
            throw new OperationCanceledException(ct);
        }
        catch (Exception) when (giveWay.IsCancellationRequested)
        {
            return await FailAsync(new PgSplitException(ExitCode.Interrupted, $"{request.Verb} was interrupted: another terminal cancels the move"));
        }
        catch (Exception e)
        {
            return await FailAsync(MoveVerb.Explain(e, request.Verb) ?? new PgSplitException(ExitCode.Failed, $"an error in pgsplit itself: {e.GetType().Name}: {e.Message}", "please report it", e));
        }
        finally
        {
            _relay.End();
            if (isAlone)
                _quiet.Release();
        }

        async Task<(ExitCode, string?)> FailAsync(PgSplitException e)
        {
            await FinishAsync(request, e.ExitCode, JsonSerializer.Serialize(new Failure(e.Message, e.Remedy), JsonSerializerOptions.Web));
            if (isOwn)
                throw e;
            _relay.Say($"{_move.Definition.Id}: {request.Verb}: {e.Message}");
            return (e.ExitCode, null);
        }
    }

    // Writes progress down twice a second at most. Where that fails the verb goes on: it has sessions of its own.
    async Task WatchAsync(Request request, Task doing, CancellationTokenSource giveWay)
    {
        var asks = MoveVerb.GivesWay(request.Verb);
        try
        {
            for (var round = 1; await Task.WhenAny(doing, Task.Delay(Poll)) != doing; round++)
            {
                if (round % 2 == 1 && _relay.TakeNews() is { } news)
                    await _requests.ProgressAsync(request.Id, news.ToJson(), CancellationToken.None);
                if (asks && await _requests.IsCancelAskedAsync(CancellationToken.None))
                {
                    asks = false;
                    await giveWay.CancelAsync();
                }
            }
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or IOException)
        {
            await Task.WhenAny(doing);
        }
    }

    async Task FinishAsync(Request request, ExitCode? exitCode, string? answer)
    {
        try
        {
            if (_relay.TakeNews() is { } news)
                await _requests.ProgressAsync(request.Id, news.ToJson(), CancellationToken.None);
            await _requests.FinishAsync(request.Id, exitCode, answer, CancellationToken.None);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or IOException or InvalidOperationException)
        {
            // The next to have the lock finds that nobody is at it any more.
        }
    }

    void TellOfFault()
    {
        if ((_move.Streams?.Forward.Fault ?? _move.Streams?.Back.Fault)?.Message is { } fault && fault != _fault)
            _relay.Say($"{_move.Definition.Id}: broken: {_fault = fault}");
    }

    sealed class LostException(string message, Exception cause) : IOException(message, cause);

    /// <summary>An error as it is kept in pgsplit.request.answer.</summary>
    internal sealed record Failure(string Message, string? Remedy);

    /// <summary>What the move tells goes to this terminal, and is kept for the one that has asked.</summary>
    sealed class Relay(IProgress<MoveProgress>? progress, Action<string>? say) : IProgress<MoveProgress>
    {
        const int Most = 200;

        readonly Lock _lock = new();
        readonly List<string> _said = [];
        MoveProgress? _last;
        bool _isNew, _isAsked;

        public void Report(MoveProgress value)
        {
            progress?.Report(value);
            lock (_lock)
                (_last, _isNew) = (value, true);
        }

        public void Say(string what)
        {
            say?.Invoke(what);
            lock (_lock)
            {
                if (!_isAsked || _said.Count == Most)
                    return;
                _said.Add(what);
                _isNew = true;
            }
        }

        public void Begin()
        {
            lock (_lock)
            {
                _said.Clear();
                (_last, _isNew, _isAsked) = (null, false, true);
            }
        }

        public void End() => _isAsked = false;

        public RequestProgress? TakeNews()
        {
            lock (_lock)
            {
                if (!_isNew)
                    return null;
                _isNew = false;
                return RequestProgress.Of(_last, [.. _said]);
            }
        }
    }
}
