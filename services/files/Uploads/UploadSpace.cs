using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hdms.Kit.Problems;

namespace Hdms.Files.Uploads;

/// <summary>
/// The folder in which uploads come in. One request at a time writes to an upload: who comes later takes it over from one whose
/// connection was cut and does not know it yet. Instances that share the folder keep one another out by the file's lock.
/// </summary>
sealed class UploadSpace
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>How long somebody may take who is still there, before it is taken from them.</summary>
    static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(1);

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    readonly ConcurrentDictionary<Guid, Turn> _turns = new();
    readonly ConcurrentDictionary<Guid, RunningHash> _hashes = new();
    readonly string _folder;

    public UploadSpace(FileRules rules)
    {
        _folder = Path.Combine(rules.Folder, "uploads");
        Directory.CreateDirectory(_folder, OwnerOnly);
    }

    public string PathOf(Guid id) => Path.Combine(_folder, id.ToString("N"));

    /// <summary>Takes the upload for oneself; dispose of it.</summary>
    /// <exception cref="Refusal">423: somebody else is at it and does not let go.</exception>
    public async Task<UploadHold> TakeAsync(Guid id, CancellationToken ct)
    {
        var mine = new Turn();
        while (!_turns.TryAdd(id, mine))
        {
            if (_turns.TryGetValue(id, out var other) && !await other.EndedAsync(Courtesy, ct))
            {
                await other.YieldAsync();
                if (!await other.EndedAsync(Patience, ct))
                {
                    throw Locked();
                }
            }
        }

        try
        {
            var key = File.OpenHandle(LockOf(id), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new UploadHold(this, id, key, mine, ct);
        }
        catch (Exception e)
        {
            Release(id, mine);
            throw e is FileNotFoundException or DirectoryNotFoundException or not IOException ? e : Locked(e);
        }
    }

    /// <summary>The hash of what has come, if this process has seen all of it; what it did not see is hashed again.</summary>
    public async Task<RunningHash> HashAsync(UploadHold hold, CancellationToken ct)
    {
        if (_hashes.TryRemove(hold.Id, out var known) && known.Length == hold.Length)
        {
            return known;
        }

        known?.Dispose();
        var fresh = new RunningHash();
        await fresh.AppendAsync(hold.File, hold.Length, ct);
        return fresh;
    }

    public void Keep(Guid id, RunningHash hash)
    {
        // Somebody who begins uploads and leaves them must not fill the memory: what is not kept costs a look at the bytes.
        if (_hashes.Count >= 1000 || !_hashes.TryAdd(id, hash))
        {
            hash.Dispose();
        }
    }

    public void Delete(Guid id)
    {
        if (_hashes.TryRemove(id, out var hash))
        {
            hash.Dispose();
        }

        File.Delete(PathOf(id));
        File.Delete(LockOf(id));
    }

    string LockOf(Guid id) => PathOf(id) + ".lock";

    /// <summary>Uploads that nobody has written to since then.</summary>
    public Guid[] Staged(DateTimeOffset before) =>
    [
        .. new DirectoryInfo(_folder).EnumerateFiles().Where(f => f.LastWriteTimeUtc < before.UtcDateTime)
            .Select(f => Guid.TryParseExact(f.Name.Split('.')[0], "N", out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).Distinct(),
    ];

    internal void Release(Guid id, Turn turn)
    {
        _turns.TryRemove(new KeyValuePair<Guid, Turn>(id, turn));
        turn.End();
    }

    static Refusal Locked(Exception? e = null) =>
        new(Codes.UploadLocked, "Another request is writing to this upload. Ask where it stands, then go on from there.", e) { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>One request's time with an upload.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "Who comes later may cancel it at any moment, and a source without a timer holds nothing.")]
    internal sealed class Turn
    {
        readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly CancellationTokenSource _yield = new();

        public CancellationToken Yielded => _yield.Token;

        public Task YieldAsync() => _ended.Task.IsCompleted ? Task.CompletedTask : _yield.CancelAsync();

        public async Task<bool> EndedAsync(TimeSpan patience, CancellationToken ct)
        {
            try
            {
                await _ended.Task.WaitAsync(patience, ct);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        public void End() => _ended.TrySetResult();
    }
}
