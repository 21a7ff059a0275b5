using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Files.Tests.Downloads;

/// <summary>Bytes that come down, whole and in ranges.</summary>
public sealed class DownloadTests(FilesApi api) : IClassFixture<FilesApi>, IAsyncLifetime
{
    static readonly byte[] Bytes = FileActs.Pdf(1_000_000);

    FileView _file = null!;

    HttpClient Requester => api.As(api.World.Requester);

    public async ValueTask InitializeAsync() => _file = await Requester.UploadAsync(Bytes, "Ängebot \"7\".pdf");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_browser_is_told_to_save_it_and_to_do_nothing_else_with_it()
    {
        using var answer = await Requester.ContentAsync(_file.Id);

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/pdf");
        answer.Content.Headers.ContentLength.ShouldBe(Bytes.Length);
        var disposition = answer.Content.Headers.ContentDisposition!;
        disposition.DispositionType.ShouldBe("attachment");
        disposition.FileNameStar.ShouldBe("Ängebot \"7\".pdf");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Content-Security-Policy").ShouldBe(["default-src 'none'; sandbox"]);
        answer.Headers.ETag!.Tag.ShouldBe($"\"{_file.Sha256}\"");
        answer.Headers.AcceptRanges.ShouldBe(["bytes"]);
    }

    [Theory]
    [InlineData("bytes=0-99", 0, 100)]
    [InlineData("bytes=999900-", 999_900, 100)]
    [InlineData("bytes=500000-500000", 500_000, 1)]
    [InlineData("bytes=-100", 999_900, 100)]
    [InlineData("bytes=-2000000", 0, 1_000_000)]
    [InlineData("bytes=999999-2000000", 999_999, 1)]
    public async Task A_range_is_given_as_it_is_asked_for(string range, int from, int length)
    {
        using var answer = await Requester.ContentAsync(_file.Id, range);

        answer.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        answer.Content.Headers.ContentRange!.ToString().ShouldBe($"bytes {from}-{from + length - 1}/1000000");
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Bytes[from..(from + length)]);
    }

    [Theory]
    [InlineData("bytes=1000000-")]
    [InlineData("bytes=2000000-3000000")]
    [InlineData("bytes=-0")]
    public async Task A_range_beyond_the_end_is_refused(string range)
    {
        using var answer = await Requester.ContentAsync(_file.Id, range);

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        answer.Content.Headers.ContentRange!.ToString().ShouldBe("bytes */1000000");
    }

    [Theory]
    [InlineData("bytes=0-9,20-29")]
    [InlineData("bytes=9-1")]
    [InlineData("lines=1-2")]
    [InlineData("nonsense")]
    public async Task Several_ranges_and_what_is_none_are_answered_with_the_whole(string range)
    {
        using var answer = await Requester.ContentAsync(_file.Id, range);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Bytes);
    }

    [Fact]
    public async Task A_range_of_another_file_is_answered_with_the_whole()
    {
        using var same = await Requester.ContentAsync(_file.Id, "bytes=0-9", $"\"{_file.Sha256}\"");
        using var other = await Requester.ContentAsync(_file.Id, "bytes=0-9", "\"other\"");

        same.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        other.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_has_it_already_is_told_so()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{FileActs.Path}/{_file.Id}/content");
        request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{_file.Sha256}\"");

        using var answer = await Requester.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task HEAD_tells_everything_but_the_bytes()
    {
        using var answer = await Requester.ContentAsync(_file.Id, method: HttpMethod.Head);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentLength.ShouldBe(Bytes.Length);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("run.bat", "run.bat.txt")]
    [InlineData("page.html", "page.html.txt")]
    [InlineData("notes.TXT", "notes.TXT")]
    [InlineData("server.log", "server.log")]
    public async Task A_download_is_named_after_its_content(string name, string given)
    {
        var file = await Requester.UploadAsync(FileActs.Text("echo hello"), name);

        using var answer = await Requester.ContentAsync(file.Id);

        answer.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe(given);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=utf-8");
    }

    [Fact]
    public async Task Bytes_that_are_lost_are_told_of_before_anything_is_sent()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());
        foreach (var stored in Directory.EnumerateFiles(api.Folder, file.Id.ToString("N"), SearchOption.AllDirectories))
            File.Delete(stored);

        await Requester.ContentAsync(file.Id).ShouldBeAsync(Codes.Unavailable);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_given() => await api.With(null).ContentAsync(_file.Id).ShouldBeAsync(Codes.Unauthenticated);
}
