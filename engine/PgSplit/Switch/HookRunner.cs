using System.Diagnostics;
using System.Net.Http.Json;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Switch;

/// <summary>Tells what stands outside of a switch: a command, a URL, a PgBouncer. Nothing that it is told decides whether data is safe.</summary>
sealed class HookRunner(MoveDefinition definition) : IDisposable
{
    static readonly HttpClient Http = new();

    readonly Dictionary<Hook, PoolWatchdog> _paused = [];

    public void Dispose()
    {
        foreach (var watchdog in _paused.Values)
            watchdog.Dispose();
    }

    /// <exception cref="PgSplitException">A hook failed, or took longer than it may.</exception>
    public async Task RunAsync(HookMoment moment, long epoch, Side owner, PgAddress address, CancellationToken ct)
    {
        foreach (var hook in definition.Hooks.Where(h => h.When == moment || h.PgBouncer is not null && moment != HookMoment.Pre))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(hook.Timeout);
            try
            {
                if (hook.Command is { } command)
                    await CommandAsync(command, epoch, owner, address, limit.Token);
                else if (hook.Url is { } url)
                    await PostAsync(url, epoch, owner, address, limit.Token);
                else
                    await TellPoolAsync(hook, moment, address, limit.Token);
            }
            catch (Exception e) when (e is not PgSplitException && !ct.IsCancellationRequested)
            {
                var why = e is OperationCanceledException ? $"it took longer than {hook.Timeout.TotalSeconds:0.#} s" : e.Message;
                throw new PgSplitException(ExitCode.Refused, $"the hook {Name(hook)} failed at {moment}: {why}", "mend it, or take it out of the map, and switch again", e);
            }
        }
    }

    /// <summary>Past the point of no return a hook that fails is tried again and then reported, never undone (PROTOCOL case 94).</summary>
    public async Task<IReadOnlyList<string>> TryAsync(HookMoment moment, long epoch, Side owner, PgAddress address, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RunAsync(moment, epoch, owner, address, ct);
                return [];
            }
            catch (PgSplitException e)
            {
                if (attempt == 3)
                    return [e.Message];
                await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), ct);
            }
        }
    }

    async Task CommandAsync(string command, long epoch, Side owner, PgAddress address, CancellationToken ct)
    {
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", command }, RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (name, value) in new[] { ("MOVE", definition.Id), ("EPOCH", $"{epoch}"), ("OWNER", owner.Letter()), ("ADDRESS", address.Route) })
            start.Environment[$"PGSPLIT_{name}"] = value;
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync(ct);
        _ = process.StandardOutput.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
            throw new IOException($"it ended with {process.ExitCode}: {(await said).Trim()}");
    }

    async Task PostAsync(Uri url, long epoch, Side owner, PgAddress address, CancellationToken ct)
    {
        using var answer = await Http.PostAsJsonAsync(url, new { move = definition.Id, epoch, owner = owner.Letter(), address = address.Route }, ct);
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"it answered {(int)answer.StatusCode}");
    }

    async Task TellPoolAsync(Hook hook, HookMoment moment, PgAddress address, CancellationToken ct)
    {
        if (moment == HookMoment.BeforeFence && !_paused.ContainsKey(hook))
            _paused.Add(hook, new PoolWatchdog(hook));
        await PgBouncer.TellAsync(hook, moment, address, ct);
        if (moment != HookMoment.BeforeFence && _paused.Remove(hook, out var watchdog))
            watchdog.StandDown();
    }

    static string Name(Hook hook) => hook.Command ?? hook.Url?.ToString() ?? $"PgBouncer {hook.PgBouncer!.Host}:{hook.PgBouncer.Port}";
}
