using System.Buffers.Text;
using System.Net;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Files.Tests.Downloads;

/// <summary>Links that need no token.</summary>
public sealed class LinkTests(FilesApi api) : IClassFixture<FilesApi>
{
    HttpClient Requester => api.As(api.World.Requester);

    HttpClient Anybody => api.With(null);

    [Fact]
    public async Task A_link_gives_the_bytes_to_who_has_it()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());
        var link = await LinkAsync(file);

        (await Anybody.GetByteArrayAsync(link.Url)).ShouldBe(FileActs.Pdf());
        using var head = await Anybody.SendAsync(new HttpRequestMessage(HttpMethod.Head, link.Url));
        head.Content.Headers.ContentLength.ShouldBe(file.Size);
    }

    [Fact]
    public async Task After_its_time_it_is_over()
    {
        await using var own = await FilesApi.StartAsync();
        var file = await own.As(own.World.Requester).UploadAsync(FileActs.Pdf());
        var link = await own.As(own.World.Requester).DoAsync<FileLink>(HttpMethod.Post, $"{FileActs.Path}/{file.Id}/links", new MakeLinkRequest(5));
        own.Clock.Advance(TimeSpan.FromMinutes(6));

        await own.With(null).GetAsync(link.Url).ShouldBeAsync(Codes.LinkExpired);
    }

    [Fact]
    public async Task A_link_that_was_changed_or_made_up_is_refused()
    {
        var link = await LinkAsync(await Requester.UploadAsync(FileActs.Pdf()));
        var (path, token) = (link.Url[..(link.Url.LastIndexOf('/') + 1)], link.Url.Split('/')[^1].Split('.'));
        var content = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token[0]));
        var later = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(content.Replace("\"20", "\"21", StringComparison.Ordinal)));

        foreach (var forged in new[] { $"{later}.{token[1]}", $"{token[0]}.{Base64Url.EncodeToString(new byte[32])}", token[0], "nonsense", $"{token[0]}.{token[1]}." })
            await Anybody.GetAsync(path + forged).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task A_link_is_good_for_as_long_as_its_maker_may_see_the_file()
    {
        var ticket = await api.AssignedAsync();
        var file = await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf()));
        var link = await api.As(api.World.ItHead).DoAsync<FileLink>(HttpMethod.Post, $"{FileActs.Path}/{file.Id}/links", new MakeLinkRequest());
        (await Anybody.GetAsync(link.Url)).StatusCode.ShouldBe(HttpStatusCode.OK);

        await api.ActAsync(api.World.Moderator, ticket.Id, "reassign", new { department_id = api.World.Finance, reason = "It is theirs." });

        await Anybody.GetAsync(link.Url).ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task Who_may_not_see_a_file_makes_no_link_to_it()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());

        await api.As(api.World.Stranger).PostAsync($"{FileActs.Path}/{file.Id}/links", new MakeLinkRequest()).ShouldBeAsync(Codes.NotFound);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1441)]
    public async Task A_link_is_for_a_minute_to_a_day(int minutes)
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());

        await Requester.PostAsync($"{FileActs.Path}/{file.Id}/links", new MakeLinkRequest(minutes)).ShouldBeAsync(Codes.ValidationFailed);
    }

    Task<FileLink> LinkAsync(FileView file) => Requester.DoAsync<FileLink>(HttpMethod.Post, $"{FileActs.Path}/{file.Id}/links", new MakeLinkRequest());
}
