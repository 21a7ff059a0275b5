using Hdms.Files.Work;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files.Tests.Storage;

/// <summary>What the doctor says of bytes and rows that do not go together.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    FilesApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await FilesApi.StartAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Files_without_bytes_are_found()
    {
        var file = await _api.As(_api.World.Requester).UploadAsync(FileActs.Pdf());
        (await FindingsAsync()).ShouldBeEmpty();
        File.Delete(StoredPath(file.Id));
        _api.Clock.Advance(TimeSpan.FromHours(2));

        var finding = (await FindingsAsync()).Single();

        finding.Severity.ShouldBe(Severity.Error);
        finding.What.ShouldContain(file.Id.ToString());
    }

    [Fact]
    public async Task Bytes_without_a_row_are_found_and_go_by_themselves()
    {
        var shelf = Directory.CreateDirectory(Path.Combine(_api.Folder, "stored", "ab")).FullName;
        var lost = Path.Combine(shelf, $"{Guid.NewGuid():N}"[..30] + "ab");
        await File.WriteAllTextAsync(lost, "lost", TestContext.Current.CancellationToken);
        var staged = Path.Combine(_api.Folder, "uploads", Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(staged, "lost", TestContext.Current.CancellationToken);
        var kept = await _api.As(_api.World.Requester).UploadAsync(FileActs.Pdf());
        _api.Clock.Advance(TimeSpan.FromHours(2));
        (await FindingsAsync()).Single().What.ShouldContain(Path.GetFileName(lost));

        _api.Clock.Advance(TimeSpan.FromDays(2));
        await _api.Services.GetRequiredService<Sweeper>().SweepBytesAsync(CancellationToken.None);

        (File.Exists(lost), File.Exists(staged), File.Exists(StoredPath(kept.Id))).ShouldBe((false, false, true));
    }

    string StoredPath(Guid file) => Directory.EnumerateFiles(Path.Combine(_api.Folder, "stored"), file.ToString("N"), SearchOption.AllDirectories).Single();

    /// <summary>Those about the storage.</summary>
    async Task<DoctorFinding[]> FindingsAsync() =>
        [.. (await _api.As(_api.World.Admin).ReadAsync<DoctorFinding[]>("/api/v1/files/doctor")).Where(f => f.What.Contains("the local disk", StringComparison.Ordinal))];
}
