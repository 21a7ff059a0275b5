using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;
using Hdms.Kit.Schema;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files.Tests;

/// <summary>The log has the whole state: the rows made again from it are those that are there.</summary>
public sealed class RebuildTests(FilesApi api) : IClassFixture<FilesApi>
{
    HttpClient Requester => api.As(api.World.Requester);

    [Fact]
    public async Task After_a_busy_life_the_log_and_the_rows_say_the_same()
    {
        await WorkAsync();

        await ShouldSayTheSameAsync();
    }

    [Fact]
    public async Task What_an_engine_brings_newer_than_the_log_has_it_gets_into_the_log()
    {
        await WorkAsync();
        await api.Database.ExecuteAsync("UPDATE attachments SET version = version + 1");

        foreach (var table in FilesService.Definition.State)
            await Backfill.RunAsync(api.Services.GetRequiredService<ServiceDatabase>(), table, progress: null, CancellationToken.None);

        await ShouldSayTheSameAsync();
    }

    [Fact]
    public async Task Reports_show_files()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());

        foreach (var view in FilesService.Definition.Reports)
            await api.Database.ExecuteAsync($"SET ROLE {ReportView.Reader}; SELECT * FROM {ReportView.Schema}.{view.Name}");
        (await api.Database.QueryAsync<Guid>("SELECT id FROM report.attachments")).ShouldContain(file.Id);
    }

    async Task WorkAsync()
    {
        var ticket = await api.DraftAsync();
        var one = await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf()));
        await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Text("hello"), "notes.txt"));
        (await Requester.DeleteAsync($"/api/v1/tickets/{ticket.Id}/attachments/{one.Id}")).EnsureSuccessStatusCode();
        await Requester.UploadAsync(FileActs.Docx(), "letter.docx");
    }

    async Task ShouldSayTheSameAsync()
    {
        var check = new StateCheck("files", FilesService.Definition.State, api.Services.GetRequiredService<EventReader>());
        var table = (await check.RunAsync(api.Services.GetRequiredService<ServiceDatabase>(), values: true, CancellationToken.None)).Single();
        table.Table.ShouldBe("attachments");
        table.First.ShouldBeEmpty(string.Join("; ", table.First.Select(d => $"{d.Kind} {string.Join(' ', d.Columns)} {d.Log} / {d.Table}")));
        table.WithoutEvents.ShouldBe(0);
        table.Compared.ShouldBe(await api.Database.ScalarAsync<long>("SELECT count(*) FROM attachments"));
    }
}
