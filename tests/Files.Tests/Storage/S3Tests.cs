using System.Net;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;

namespace Hdms.Files.Tests.Storage;

/// <summary>Files in a bucket instead of on the disk.</summary>
public sealed class S3Tests : IAsyncLifetime
{
    S3Server _s3 = null!;
    FilesApi _api = null!;

    HttpClient Requester => _api.As(_api.World.Requester);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(S3Server.CanBeInstalled, "npm is not installed");
        _s3 = await S3Server.StartAsync();
        _api = await FilesApi.StartAsync(_s3.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
            await _api.DisposeAsync();
        if (_s3 is not null)
            await _s3.DisposeAsync();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20_000_001)]
    public async Task What_goes_up_comes_down_whole_and_in_ranges(int size)
    {
        var bytes = FileActs.Pdf(size);

        var file = await Requester.UploadAsync(bytes);

        (await Requester.BytesAsync(file.Id)).ShouldBe(bytes);
        using var range = await Requester.ContentAsync(file.Id, "bytes=-500");
        range.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await range.Content.ReadAsByteArrayAsync()).ShouldBe(bytes[^500..]);
        Directory.Exists(Path.Combine(_api.Folder, "stored")).ShouldBeFalse();
        Directory.EnumerateFiles(Path.Combine(_api.Folder, "uploads")).ShouldBeEmpty();
    }

    [Fact]
    public async Task When_the_storage_goes_away_in_the_middle_of_an_upload_its_end_is_asked_for_again_later()
    {
        var bytes = FileActs.Pdf(12_000_000);
        var upload = await Requester.BeginAsync(bytes.Length);
        (await Requester.ContinueAsync(upload, 0, bytes[..6_000_000])).EnsureSuccessStatusCode();
        await _s3.KillAsync();

        await Requester.ContinueAsync(upload, 6_000_000, bytes[6_000_000..]).ShouldBeAsync(Codes.Unavailable);
        (await Requester.OffsetAsync(upload)).ShouldBe(bytes.Length);
        (await FindingsAsync()).ShouldContain(f => f.Severity == Severity.Error && f.What.Contains("does not answer", StringComparison.Ordinal));

        await _s3.RestartAsync();
        (await Requester.ContinueAsync(upload, bytes.Length, [])).EnsureSuccessStatusCode();
        (await Requester.BytesAsync(FileActs.IdOf(upload))).ShouldBe(bytes);
        (await FindingsAsync()).ShouldNotContain(f => f.What.Contains("bucket", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_storage_is_away_downloads_say_so()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());
        await _s3.KillAsync();

        await Requester.ContentAsync(file.Id).ShouldBeAsync(Codes.Unavailable);

        await _s3.RestartAsync();
        (await Requester.BytesAsync(file.Id)).ShouldBe(FileActs.Pdf());
    }

    Task<DoctorFinding[]> FindingsAsync() => _api.As(_api.World.Admin).ReadAsync<DoctorFinding[]>("/api/v1/files/doctor");
}
