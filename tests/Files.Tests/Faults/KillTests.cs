using System.Net;

namespace Hdms.Files.Tests.Faults;

/// <summary>The service killed in the middle: no half file is ever seen, and what has come goes on.</summary>
[Trait("Category", "Long")]
public sealed class KillTests(FilesApi api) : IClassFixture<FilesApi>
{
    [Fact]
    public async Task Killed_in_the_middle_of_an_upload_it_is_resumed_and_no_half_file_is_seen()
    {
        var bytes = FileActs.Pdf(20_000_000);
        var known = api.As(api.World.Requester);
        var upload = await known.BeginAsync(bytes.Length);
        var staged = Path.Combine(api.Folder, "uploads", FileActs.IdOf(upload).ToString("N"));
        for (var round = 1; round <= 3; round++)
        {
            using var process = await FilesProcess.StartAsync(api);
            using var client = process.As(known);
            var offset = (int)await client.OffsetAsync(upload);
            using var slow = new SlowStream(bytes[offset..]);
            using var content = new StreamContent(slow);
            var sent = client.TusAsync(HttpMethod.Patch, upload, content, ("Upload-Offset", $"{offset}"));
            await Eventually.ShouldAsync(() => Task.FromResult(new FileInfo(staged).Length >= offset + 2_000_000));
            process.Kill();
            slow.Release();
            await Should.ThrowAsync<HttpRequestException>(() => sent);

            (await known.GetAsync($"{FileActs.Path}/{FileActs.IdOf(upload)}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            Directory.EnumerateFiles(api.Folder, Path.GetFileName(staged), SearchOption.AllDirectories).ShouldBe([staged]);
        }

        var reached = (int)await known.OffsetAsync(upload);
        reached.ShouldBeInRange(6_000_000, bytes.Length);
        (await known.ContinueAsync(upload, reached, bytes[reached..])).EnsureSuccessStatusCode();
        (await known.BytesAsync(FileActs.IdOf(upload))).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_large_upload_needs_little_memory()
    {
        const long Size = 200 * 1024 * 1024;
        using var process = await FilesProcess.StartAsync(api);
        using var client = process.As(api.As(api.World.Requester));
        await client.UploadAsync(FileActs.Pdf(4_000_000));
        var before = process.MostMemory;

        using var content = new StreamContent(new MadeUp(Size));
        using var answer = await client.TryUploadAsync(content, "video.pdf");

        answer.EnsureSuccessStatusCode();
        (process.MostMemory - before).ShouldBeLessThan(64 * 1024 * 1024);
    }

    /// <summary>A part at once, the rest only when it is released.</summary>
    sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _released.TrySetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > 3_500_000)
                await _released.Task;
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>So many bytes that are nowhere, which begin as a PDF file does.</summary>
    sealed class MadeUp(long size) : Stream
    {
        long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var part = buffer.AsSpan(offset, (int)Math.Min(count, size - _at));
            part.Fill((byte)(_at >> 16));
            if (_at == 0)
                "%PDF-1.7\n"u8.CopyTo(part);
            _at += part.Length;
            return part.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
