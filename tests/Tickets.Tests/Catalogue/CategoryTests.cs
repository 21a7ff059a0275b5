using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Catalogue;

public sealed class CategoryTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    const string Path = "/api/v1/categories";

    HttpClient Admin => api.As(api.World.Admin);

    [Fact]
    public async Task A_category_is_made_changed_and_deleted()
    {
        using var answer = await Admin.PostAsync(Path, new CreateCategoryRequest(" Printers ", api.World.It));
        var made = await answer.ReadAsync<CategoryView>();
        (answer.StatusCode, made.Name, answer.Headers.Location!.ToString()).ShouldBe((HttpStatusCode.Created, "Printers", $"{Path}/{made.Id}"));
        await Admin.PostAsync(Path, new CreateCategoryRequest("PRINTERS", api.World.It)).ShouldBeAsync(Codes.AlreadyExists);
        var everywhere = await Admin.DoAsync<CategoryView>(HttpMethod.Post, Path, new CreateCategoryRequest("Printers"));

        var requester = api.As(api.World.Requester);
        (await requester.ReadAsync<Paged<CategoryView>>($"{Path}?department_id={api.World.It}&q=print&is_active=true")).Data.Count.ShouldBe(2);
        (await requester.ReadAsync<Paged<CategoryView>>($"{Path}?department_id={api.World.Finance}&q=print")).Data.ShouldHaveSingleItem().Id.ShouldBe(everywhere.Id);

        (await (await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeCategoryRequest { Name = "Scanners", IsActive = false }, 1)).ReadAsync<CategoryView>())
            .ShouldSatisfyAllConditions(c => c.Name.ShouldBe("Scanners"), c => c.IsActive.ShouldBeFalse(), c => c.Version.ShouldBe(2));
        await Admin.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
        await requester.GetAsync($"{Path}/{made.Id}").ShouldBeAsync(Codes.NotFound);
        (await Admin.ReadAsync<CategoryView>($"{Path}/{made.Id}")).IsDeleted.ShouldBeTrue();
        (await api.EventsAsync(made.Id)).ShouldBe(["category.created.v1", "category.changed.v1", "category.deleted.v1"]);
    }

    [Fact]
    public async Task Only_an_admin_writes_and_only_what_is_right()
    {
        var made = await Admin.DoAsync<CategoryView>(HttpMethod.Post, Path, new CreateCategoryRequest("Keys"));
        var moderator = api.As(api.World.Moderator);
        await moderator.PostAsync(Path, new CreateCategoryRequest("Doors")).ShouldBeAsync(Codes.Forbidden);
        await moderator.PatchAsync($"{Path}/{made.Id}", new ChangeCategoryRequest { Name = "Doors" }).ShouldBeAsync(Codes.Forbidden);
        await moderator.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}").ShouldBeAsync(Codes.Forbidden);
        await moderator.GetAsync($"{Path}?is_deleted=true").ShouldBeAsync(Codes.Forbidden);
        await Admin.PostAsync(Path, new CreateCategoryRequest(" ")).ShouldBeAsync(Codes.ValidationFailed);
        await Admin.PostAsync(Path, new CreateCategoryRequest("Doors", Guid.NewGuid())).ShouldBeAsync(Codes.UnknownReference);
        await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeCategoryRequest { Name = "Doors" }, 7).ShouldBeAsync(Codes.PreconditionFailed);
    }
}
