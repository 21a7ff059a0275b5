using System.Net;
using System.Security.Cryptography;
using Hdms.Files.Work;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files.Tests.Uploads;

/// <summary>Uploads that go on after a cut (tus 1.0).</summary>
public sealed class ResumeTests(FilesApi api) : IClassFixture<FilesApi>
{
    HttpClient Requester => api.As(api.World.Requester);

    [Fact]
    public async Task An_upload_that_is_cut_at_every_tenth_comes_whole()
    {
        var bytes = FileActs.Pdf(5_000_003);
        var upload = await Requester.BeginAsync(bytes.Length);
        for (var tenth = 1; tenth <= 10; tenth++)
        {
            var offset = (int)await Requester.OffsetAsync(upload);
            var upTo = bytes.Length * tenth / 10;
            using var cut = new CutStream(bytes[offset..], upTo - offset);
            using var content = new StreamContent(cut);
            await Should.ThrowAsync<HttpRequestException>(() => Requester.TusAsync(HttpMethod.Patch, upload, content, ("Upload-Offset", $"{offset}")));
        }

        var reached = (int)await Requester.OffsetAsync(upload);
        reached.ShouldBeGreaterThan(0);
        using var last = await Requester.ContinueAsync(upload, reached, bytes[reached..]);
        last.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await Requester.BytesAsync(FileActs.IdOf(upload))).ShouldBe(bytes);
        (await Requester.FileAsync(FileActs.IdOf(upload))).Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task An_upload_goes_on_after_the_service_was_started_again()
    {
        await using var own = await FilesApi.StartAsync();
        var requester = own.As(own.World.Requester);
        var bytes = FileActs.Pdf(2_000_000);
        var upload = await requester.BeginAsync(bytes.Length);
        (await requester.ContinueAsync(upload, 0, bytes[..1_234_567])).EnsureSuccessStatusCode();
        await own.StopFilesAsync();
        await own.StartFilesAsync();
        requester = own.As(own.World.Requester);

        (await requester.OffsetAsync(upload)).ShouldBe(1_234_567);
        (await requester.ContinueAsync(upload, 1_234_567, bytes[1_234_567..])).EnsureSuccessStatusCode();

        (await requester.FileAsync(FileActs.IdOf(upload))).Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task The_first_bytes_may_come_with_the_beginning()
    {
        var bytes = FileActs.Pdf(1000);
        using var begun = await Requester.TusAsync(
            HttpMethod.Post, FileActs.Uploads, new ByteArrayContent(bytes[..600]), ("Upload-Length", "1000"), ("Upload-Metadata", "filename YS5wZGY=,note aGVsbG8="));

        begun.StatusCode.ShouldBe(HttpStatusCode.Created);
        begun.Headers.GetValues("Upload-Offset").ShouldBe(["600"]);
        begun.Headers.Contains("Upload-Expires").ShouldBeTrue();
        (await Requester.ContinueAsync(begun.Headers.Location!.ToString(), 600, bytes[600..])).EnsureSuccessStatusCode();
        (await Requester.FileAsync(FileActs.IdOf(begun.Headers.Location!.ToString()))).Name.ShouldBe("a.pdf");
    }

    [Fact]
    public async Task Bytes_for_another_place_are_refused_and_told_where_it_stands()
    {
        var upload = await Requester.BeginAsync(1000);
        (await Requester.ContinueAsync(upload, 0, FileActs.Pdf()[..100])).EnsureSuccessStatusCode();

        (await Requester.ContinueAsync(upload, 50, new byte[10]).ShouldBeAsync(Codes.OffsetMismatch)).GetProperty("offset").GetInt64().ShouldBe(100);
        (await Requester.OffsetAsync(upload)).ShouldBe(100);
    }

    [Fact]
    public async Task More_than_was_announced_is_refused()
    {
        var upload = await Requester.BeginAsync(1000);

        await Requester.ContinueAsync(upload, 0, FileActs.Pdf(1001)).ShouldBeAsync(Codes.FileTooLarge);
    }

    [Fact]
    public async Task What_has_another_checksum_is_thrown_away()
    {
        var bytes = FileActs.Pdf(1000);
        var upload = await Requester.BeginAsync(bytes.Length);
        (await Requester.ContinueAsync(upload, 0, bytes[..400], ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(bytes[..400]))}"))).EnsureSuccessStatusCode();

        await Requester.ContinueAsync(upload, 400, new byte[600], ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(bytes[400..]))}")).ShouldBeAsync(Codes.ChecksumMismatch);

        (await Requester.OffsetAsync(upload)).ShouldBe(400);
        (await Requester.ContinueAsync(upload, 400, bytes[400..], ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(bytes[400..]))}"))).EnsureSuccessStatusCode();
        (await Requester.BytesAsync(FileActs.IdOf(upload))).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_checksum_of_another_kind_is_refused()
    {
        var upload = await Requester.BeginAsync(1000);

        await Requester.ContinueAsync(upload, 0, FileActs.Pdf(), ("Upload-Checksum", "crc32 AAAA")).ShouldBeAsync(Codes.Malformed);
    }

    [Fact]
    public async Task The_answer_to_the_last_bytes_may_be_lost()
    {
        var upload = await Requester.BeginAsync(1000);
        (await Requester.ContinueAsync(upload, 0, FileActs.Pdf())).EnsureSuccessStatusCode();

        (await Requester.OffsetAsync(upload)).ShouldBe(1000);
    }

    [Fact]
    public async Task An_upload_that_is_ended_is_gone()
    {
        var upload = await Requester.BeginAsync(1000);
        (await Requester.ContinueAsync(upload, 0, FileActs.Pdf()[..500])).EnsureSuccessStatusCode();

        (await Requester.TusAsync(HttpMethod.Delete, upload)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await Requester.TusAsync(HttpMethod.Head, upload)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        File.Exists(Path.Combine(api.Folder, "uploads", FileActs.IdOf(upload).ToString("N"))).ShouldBeFalse();
    }

    [Fact]
    public async Task A_type_that_is_not_taken_ends_the_upload()
    {
        var upload = await Requester.BeginAsync(1000, "a.pdf");

        await Requester.ContinueAsync(upload, 0, new byte[1000]).ShouldBeAsync(Codes.TypeNotAllowed);

        (await Requester.TusAsync(HttpMethod.Head, upload)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Nobody_else_sees_an_upload_or_goes_on_with_it()
    {
        var upload = await Requester.BeginAsync(1000);
        var stranger = api.As(api.World.Stranger);

        (await stranger.TusAsync(HttpMethod.Head, upload)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await stranger.ContinueAsync(upload, 0, FileActs.Pdf()).ShouldBeAsync(Codes.NotFound);
        await stranger.TusAsync(HttpMethod.Delete, upload).ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task Who_speaks_another_version_is_told_which_one_is_spoken_here()
    {
        using var answer = await Requester.PostAsync(FileActs.Uploads, content: null);

        answer.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        answer.Headers.GetValues("Tus-Version").ShouldBe(["1.0.0"]);
    }

    [Fact]
    public async Task Anybody_may_ask_what_is_spoken_here()
    {
        using var answer = await api.With(null).SendAsync(new HttpRequestMessage(HttpMethod.Options, FileActs.Uploads));

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.GetValues("Tus-Extension").Single().ShouldBe("creation,creation-with-upload,termination,expiration,checksum");
        answer.Headers.GetValues("Tus-Max-Size").Single().ShouldBe("524288000");
    }

    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_is_gone_after_a_day()
    {
        await using var own = await FilesApi.StartAsync();
        var upload = await own.As(own.World.Requester).BeginAsync(1000);
        (await own.As(own.World.Requester).ContinueAsync(upload, 0, FileActs.Pdf()[..500])).EnsureSuccessStatusCode();
        own.Clock.Advance(TimeSpan.FromHours(25));

        (await own.As(own.World.Requester).TusAsync(HttpMethod.Head, upload)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await own.Services.GetRequiredService<Sweeper>().SweepAsync(CancellationToken.None);

        (await own.Database.ScalarAsync<long>("SELECT count(*) FROM uploads")).ShouldBe(0);
        Directory.EnumerateFiles(Path.Combine(own.Folder, "uploads")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_who_go_on_with_one_upload_at_once_make_one_file_of_it()
    {
        var bytes = FileActs.Pdf(400_000);
        var upload = await Requester.BeginAsync(bytes.Length);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TryToEndAsync()));

        (await Requester.BytesAsync(FileActs.IdOf(upload))).ShouldBe(bytes);

        async Task TryToEndAsync()
        {
            for (var tries = 0; tries < 50; tries++)
            {
                using var stands = await Requester.TusAsync(HttpMethod.Head, upload);
                if (!stands.IsSuccessStatusCode)
                    continue;
                var offset = int.Parse(stands.Headers.GetValues("Upload-Offset").Single());
                if (offset == bytes.Length && (await Requester.GetAsync($"{FileActs.Path}/{FileActs.IdOf(upload)}")).IsSuccessStatusCode)
                    return;
                using var _ = await Requester.ContinueAsync(upload, offset, bytes[offset..Math.Min(offset + 70_000, bytes.Length)]);
            }
        }
    }

    /// <summary>So many bytes, and then the connection is cut.</summary>
    sealed class CutStream(byte[] bytes, int cutAt) : MemoryStream(bytes)
    {
        public override bool CanSeek => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            return Position >= cutAt
                ? throw new IOException("cut")
                : await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, cutAt - Position)], cancellationToken);
        }
    }
}
