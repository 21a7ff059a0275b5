using Microsoft.Win32.SafeHandles;

namespace Hdms.Files.Uploads;

/// <summary>An upload in the hands of one request.</summary>
sealed class UploadHold : IDisposable
{
    readonly UploadSpace _space;
    readonly SafeFileHandle _lock;
    readonly UploadSpace.Turn _turn;
    readonly CancellationTokenSource _stop;

    internal UploadHold(UploadSpace space, Guid id, SafeFileHandle @lock, UploadSpace.Turn turn, CancellationToken ct)
    {
        (_space, Id, _lock, _turn) = (space, id, @lock, turn);
        File = System.IO.File.OpenHandle(space.PathOf(id), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct, turn.Yielded);
    }

    public Guid Id { get; }

    public SafeFileHandle File { get; }

    public string Path => _space.PathOf(Id);

    /// <summary>What has come so far.</summary>
    public long Length => RandomAccess.GetLength(File);

    /// <summary>The request is over, or another one wants to go on with the upload.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        File.Dispose();
        _lock.Dispose();
        _space.Release(Id, _turn);
        _stop.Dispose();
    }
}
