using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;

namespace Hdms.Files.Tests.Scanning;

/// <summary>Files before and after the scanner, which is a real one.</summary>
public sealed class ScanTests : IAsyncLifetime
{
    ClamdServer _clamd = null!;
    FilesApi _api = null!;

    HttpClient Requester => _api.As(_api.World.Requester);

    static byte[] Infected => FileActs.Text(ClamdServer.Eicar);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(ClamdServer.IsInstalled, "clamav-daemon is not installed");
        _clamd = await ClamdServer.StartAsync();
        _api = await FilesApi.StartAsync(("files_clamd", _clamd.Address));
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
            await _api.DisposeAsync();
        if (_clamd is not null)
            await _clamd.DisposeAsync();
    }

    [Fact]
    public async Task A_clean_file_is_given_out_once_it_was_scanned()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf(1_000_000));
        file.ScanStatus.ShouldBe(ScanStatus.Pending);

        await SettledAsync(file, ScanStatus.Clean);

        (await Requester.BytesAsync(file.Id)).ShouldBe(FileActs.Pdf(1_000_000));
        (await _api.EventsAsync(file.Id)).ShouldBe(["file.uploaded.v1", "file.scanned.v1"]);
    }

    [Fact]
    public async Task The_bytes_of_an_infected_file_go_and_its_row_stays()
    {
        var file = await Requester.UploadAsync(Infected, "invoice.txt");

        await SettledAsync(file, ScanStatus.Infected);

        (await Requester.FileAsync(file.Id)).ScanResult.ShouldBe("Eicar-Test.UNOFFICIAL");
        await Requester.ContentAsync(file.Id).ShouldBeAsync(Codes.Infected);
        await Requester.PostAsync($"{FileActs.Path}/{file.Id}/links", new MakeLinkRequest()).ShouldBeAsync(Codes.Infected);
        await Eventually.ShouldAsync(() => Task.FromResult(!Directory.EnumerateFiles(_api.Folder, file.Id.ToString("N"), SearchOption.AllDirectories).Any()));
    }

    [Fact]
    public async Task An_infected_file_is_not_attached_and_one_that_turns_out_so_keeps_its_draft_from_being_submitted()
    {
        var ticket = await _api.DraftAsync();
        var known = await Requester.UploadAsync(Infected, "known.txt");
        await SettledAsync(known, ScanStatus.Infected);
        await Requester.TryAttachAsync(ticket.Id, known.Id).ShouldBeAsync(Codes.Infected);

        await _clamd.KillAsync();
        var file = await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(Infected, "late.txt"));
        await _clamd.RestartAsync();
        await SettledAsync(file, ScanStatus.Infected);

        await Eventually.ShouldAsync(() => _api.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM tickets_replica_attachments WHERE id = @Id AND scan_status = 'infected')", new { file.Id })!);
        var problem = await _api.TicketsAs(_api.World.Requester).PostAsync($"/api/v1/tickets/{ticket.Id}/submit", new { }).ShouldBeAsync(Codes.ValidationFailed);
        problem.GetProperty("errors").GetProperty("attachments")[0].GetString().ShouldBe("late.txt is infected");
        (await Requester.DeleteAsync($"/api/v1/tickets/{ticket.Id}/attachments/{file.Id}")).EnsureSuccessStatusCode();
        await Eventually.ShouldAsync(async () => (await _api.TicketsAs(_api.World.Requester).PostAsync($"/api/v1/tickets/{ticket.Id}/submit", new { })).IsSuccessStatusCode);
    }

    [Fact]
    public async Task While_the_scanner_is_away_files_wait_and_are_scanned_when_it_is_back()
    {
        await _clamd.KillAsync();
        var file = await Requester.UploadAsync(FileActs.Pdf());
        await Requester.ContentAsync(file.Id).ShouldBeAsync(Codes.ScanPending);
        await SettledAsync(file, ScanStatus.Failed);
        await Requester.ContentAsync(file.Id).ShouldBeAsync(Codes.ScanPending);
        (await FindingsAsync()).ShouldContain(f => f.What.Contains("wait for scan", StringComparison.Ordinal));

        await _clamd.RestartAsync();
        _api.Clock.Advance(TimeSpan.FromMinutes(11));

        await SettledAsync(file, ScanStatus.Clean);
        (await FindingsAsync()).ShouldNotContain(f => f.What.Contains("wait for scan", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_larger_than_the_scanner_takes_is_not_given_out()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf(21 * 1024 * 1024));

        await SettledAsync(file, ScanStatus.Failed);

        (await Requester.FileAsync(file.Id)).ScanResult.ShouldNotBeNull();
        await Requester.ContentAsync(file.Id).ShouldBeAsync(Codes.ScanPending);
    }

    [Fact]
    public async Task A_unix_socket_is_a_way_to_the_scanner_too()
    {
        await using var own = await FilesApi.StartAsync(("files_clamd", _clamd.Socket));
        var file = await own.As(own.World.Requester).UploadAsync(Infected, "a.txt");

        await Eventually.ShouldAsync(async () => (await own.As(own.World.Requester).FileAsync(file.Id)).ScanStatus == ScanStatus.Infected);
    }

    Task SettledAsync(FileView file, ScanStatus status) => Eventually.ShouldAsync(async () => (await Requester.FileAsync(file.Id)).ScanStatus == status);

    Task<DoctorFinding[]> FindingsAsync() => _api.As(_api.World.Admin).ReadAsync<DoctorFinding[]>("/api/v1/files/doctor");
}

/// <summary>An organisation without a scanner.</summary>
public sealed class WithoutScannerTests
{
    [Fact]
    public async Task Files_that_nobody_has_scanned_are_kept_back_where_that_is_asked_for()
    {
        await using var api = await FilesApi.StartAsync(("files_unscanned_allowed", "false"));
        var requester = api.As(api.World.Requester);
        var file = await requester.UploadAsync(FileActs.Pdf());

        file.ScanStatus.ShouldBe(ScanStatus.NotScanned);
        await requester.ContentAsync(file.Id).ShouldBeAsync(Codes.ScanPending);
    }

    [Theory]
    [InlineData("clamd")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("")]
    public void An_address_of_the_scanner_that_is_none_is_told_of_at_start(string address)
    {
        var start = () => new Hdms.Files.Scanning.Clamd(address);

        start.ShouldThrow<SettingException>().Name.ShouldBe("files_clamd");
    }
}
