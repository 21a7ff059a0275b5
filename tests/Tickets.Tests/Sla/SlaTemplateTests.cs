using System.Net;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Sla;

public sealed class SlaTemplateTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    const string Path = "/api/v1/sla-templates";

    HttpClient Admin => api.As(api.World.Admin);

    [Fact]
    public async Task A_template_is_made_changed_deleted_and_restored_and_everybody_may_read_it()
    {
        using var answer = await Admin.PostAsync(Path, New(Priority.Low, api.World.It) with { Name = " Slow ", ResponseHours = 0.25m, ResolutionHours = 7.5m });
        var made = await answer.ReadAsync<SlaTemplateView>();
        (answer.StatusCode, answer.Headers.ETag!.Tag, answer.Headers.Location!.ToString()).ShouldBe((HttpStatusCode.Created, "\"1\"", $"{Path}/{made.Id}"));
        (made.Name, made.ResponseHours, made.ResolutionHours, made.CreatedBy).ShouldBe(("Slow", 0.25m, 7.5m, api.World.Admin.Id));

        (await (await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeSlaTemplateRequest { ResolutionHours = 9, Description = "For IT" }, 1)).ReadAsync<SlaTemplateView>())
            .ShouldBe(made with { ResolutionHours = 9, Description = "For IT", Version = 2, UpdatedAt = (await ReadAsync(made.Id)).UpdatedAt });
        (await (await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeSlaTemplateRequest { ResolutionHours = 9 })).ReadAsync<SlaTemplateView>()).Version.ShouldBe(2, "nothing was changed");
        await Admin.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}", version: 2).ShouldBeAsync(HttpStatusCode.NoContent);
        (await ReadAsync(made.Id)).IsDeleted.ShouldBeTrue();
        await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeSlaTemplateRequest { IsActive = false }).ShouldBeAsync(Codes.InvalidTransition);
        await Admin.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}").ShouldBeAsync(Codes.InvalidTransition);
        (await (await Admin.PostAsync($"{Path}/{made.Id}/restore", new ReasonRequest("Needed"))).ReadAsync<SlaTemplateView>()).IsDeleted.ShouldBeFalse();
        await Admin.PostAsync($"{Path}/{made.Id}/restore", new ReasonRequest()).ShouldBeAsync(Codes.InvalidTransition);
        (await api.EventsAsync(made.Id)).ShouldBe(["sla_template.created.v1", "sla_template.changed.v1", "sla_template.deleted.v1", "sla_template.restored.v1"]);
    }

    [Fact]
    public async Task One_template_is_active_for_a_department_and_a_priority()
    {
        var first = await MakeAsync(New(Priority.High, api.World.Finance));
        await Admin.PostAsync(Path, New(Priority.High, api.World.Finance)).ShouldBeAsync(Codes.AlreadyExists);
        var spare = await MakeAsync(New(Priority.High, api.World.Finance) with { IsActive = false });
        await Admin.PatchAsync($"{Path}/{spare.Id}", new ChangeSlaTemplateRequest { IsActive = true }).ShouldBeAsync(Codes.AlreadyExists);
        await Admin.SendAsync(HttpMethod.Delete, $"{Path}/{first.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
        await Admin.PatchAsync($"{Path}/{spare.Id}", new ChangeSlaTemplateRequest { IsActive = true }).ShouldBeAsync(HttpStatusCode.OK);
        await Admin.PostAsync($"{Path}/{first.Id}/restore", new ReasonRequest()).ShouldBeAsync(Codes.AlreadyExists);

        var listed = await api.As(api.World.Requester).ReadAsync<Paged<SlaTemplateView>>($"{Path}?department_id={api.World.Finance}&priority=high,urgent&is_active=true&sort=-priority");
        listed.Data.ShouldHaveSingleItem().Id.ShouldBe(spare.Id);
        (await Admin.ReadAsync<Paged<SlaTemplateView>>($"{Path}?is_deleted=true")).Data.ShouldContain(t => t.Id == first.Id);
        await api.As(api.World.Moderator).GetAsync($"{Path}?is_deleted=true").ShouldBeAsync(Codes.Forbidden);
    }

    [Theory]
    [InlineData("response_hours", "{\"name\":\"A\",\"priority\":\"low\",\"response_hours\":0,\"resolution_hours\":1}")]
    [InlineData("response_hours", "{\"name\":\"A\",\"priority\":\"low\",\"response_hours\":0.125,\"resolution_hours\":1}")]
    [InlineData("resolution_hours", "{\"name\":\"A\",\"priority\":\"low\",\"response_hours\":2,\"resolution_hours\":1}")]
    [InlineData("resolution_hours", "{\"name\":\"A\",\"priority\":\"low\",\"response_hours\":2,\"resolution_hours\":10000.01}")]
    [InlineData("name", "{\"name\":\" \",\"priority\":\"low\",\"response_hours\":1,\"resolution_hours\":1}")]
    public async Task What_is_no_template_is_refused_by_field(string field, string body)
    {
        using var json = new StringContent(body, Encoding.UTF8, "application/json");
        var problem = await Admin.SendAsync(HttpMethod.Post, Path, json).ShouldBeAsync(Codes.ValidationFailed);
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe([field]);
    }

    [Fact]
    public async Task Only_an_admin_writes_and_only_for_a_department_that_there_is()
    {
        var made = await MakeAsync(New(Priority.Urgent, api.World.Small));
        var moderator = api.As(api.World.Moderator);
        await moderator.PostAsync(Path, New(Priority.Urgent, null)).ShouldBeAsync(Codes.Forbidden);
        await moderator.PatchAsync($"{Path}/{made.Id}", new ChangeSlaTemplateRequest { Name = "B" }).ShouldBeAsync(Codes.Forbidden);
        await moderator.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}").ShouldBeAsync(Codes.Forbidden);
        await moderator.PostAsync($"{Path}/{made.Id}/restore", new ReasonRequest()).ShouldBeAsync(Codes.Forbidden);
        await Admin.PostAsync(Path, New(Priority.Urgent, Guid.NewGuid())).ShouldBeAsync(Codes.UnknownReference);
        await Admin.GetAsync($"{Path}/{Guid.NewGuid()}").ShouldBeAsync(Codes.NotFound);
        await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeSlaTemplateRequest { Name = "B" }, 7).ShouldBeAsync(Codes.PreconditionFailed);
        await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeSlaTemplateRequest { Name = "B", Version = 7 }).ShouldBeAsync(Codes.VersionConflict);
    }

    static CreateSlaTemplateRequest New(Priority priority, Guid? department) => new("Template", priority, 1, 8, DepartmentId: department);

    Task<SlaTemplateView> MakeAsync(CreateSlaTemplateRequest request) => Admin.DoAsync<SlaTemplateView>(HttpMethod.Post, Path, request);

    Task<SlaTemplateView> ReadAsync(Guid id) => api.As(api.World.Stranger).ReadAsync<SlaTemplateView>($"{Path}/{id}");
}
