using System.Net;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Sla;

public sealed class CalendarTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    internal const string Path = "/api/v1/calendars";

    HttpClient Admin => api.As(api.World.Admin);

    [Fact]
    public async Task A_calendar_is_made_changed_and_deleted_and_can_still_be_read()
    {
        var monday = new[] { new WorkRange("14:00", "24:00"), new WorkRange("09:00", "13:00") };
        using var answer = await Admin.PostAsync(Path, New(api.World.It) with { Hours = new() { Monday = monday }, Holidays = [new(2026, 12, 25), new(2026, 5, 1), new(2026, 5, 1)] });
        var made = await answer.ReadAsync<CalendarView>();
        (answer.StatusCode, answer.Headers.ETag!.Tag, answer.Headers.Location!.ToString()).ShouldBe((HttpStatusCode.Created, "\"1\"", $"{Path}/{made.Id}"));
        made.Hours.Monday.Select(r => r.From).ShouldBe(["09:00", "14:00"]);
        made.Holidays.ShouldBe([new(2026, 5, 1), new(2026, 12, 25)]);

        (await (await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeCalendarRequest { Hours = new() { Monday = monday } })).ReadAsync<CalendarView>()).Version.ShouldBe(1, "nothing was changed");
        var changed = await (await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeCalendarRequest { TimeZone = "Europe/Berlin", Holidays = [] }, 1)).ReadAsync<CalendarView>();
        (changed.TimeZone, changed.Holidays.Count, changed.Hours.Monday.Count, changed.Version).ShouldBe(("Europe/Berlin", 0, 2, 2));
        await Admin.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
        (await api.As(api.World.Stranger).ReadAsync<CalendarView>($"{Path}/{made.Id}")).IsDeleted.ShouldBeTrue();
        await Admin.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}").ShouldBeAsync(Codes.NotFound);
        (await api.EventsAsync(made.Id)).ShouldBe(["calendar.created.v1", "calendar.changed.v1", "calendar.deleted.v1"]);
        (await Admin.ReadAsync<Paged<CalendarView>>($"{Path}?is_deleted=true&sort=-name")).Data.ShouldContain(c => c.Id == made.Id);
    }

    [Theory]
    [InlineData("time_zone", "Mars/Olympus", "[]")]
    [InlineData("time_zone", "../../etc/passwd", "[]")]
    [InlineData("hours.monday", "UTC", "[{\"from\":\"09:00\",\"to\":\"13:00\"},{\"from\":\"12:00\",\"to\":\"14:00\"}]")]
    [InlineData("hours.monday", "UTC", "[{\"from\":\"13:00\",\"to\":\"09:00\"}]")]
    [InlineData("hours.monday", "UTC", "[{\"from\":\"24:00\",\"to\":\"24:00\"}]")]
    [InlineData("hours.monday", "UTC", "[{\"from\":\"9:00\",\"to\":\"25:00\"}]")]
    public async Task What_is_no_calendar_is_refused_by_field(string field, string zone, string monday)
    {
        using var json = new StringContent(
            $$$"""{"name":"A","time_zone":"{{{zone}}}","hours":{"monday":{{{monday}}},"tuesday":[{"from":"09:00","to":"10:00"}]}}""", Encoding.UTF8, "application/json");
        var problem = await Admin.SendAsync(HttpMethod.Post, Path, json).ShouldBeAsync(Codes.ValidationFailed);
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe([field]);
    }

    [Fact]
    public async Task A_calendar_needs_working_hours_and_a_department_that_there_is_and_has_none()
    {
        await Admin.PostAsync(Path, New(api.World.Finance) with { Hours = new() }).ShouldBeAsync(Codes.ValidationFailed);
        await Admin.PostAsync(Path, New(Guid.NewGuid())).ShouldBeAsync(Codes.UnknownReference);
        var made = await Admin.DoAsync<CalendarView>(HttpMethod.Post, Path, New(api.World.Finance));
        await Admin.PostAsync(Path, New(api.World.Finance)).ShouldBeAsync(Codes.AlreadyExists);

        var moderator = api.As(api.World.Moderator);
        await moderator.PostAsync(Path, New(api.World.Small)).ShouldBeAsync(Codes.Forbidden);
        await moderator.PatchAsync($"{Path}/{made.Id}", new ChangeCalendarRequest { Name = "B" }).ShouldBeAsync(Codes.Forbidden);
        await moderator.SendAsync(HttpMethod.Delete, $"{Path}/{made.Id}").ShouldBeAsync(Codes.Forbidden);
        await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeCalendarRequest { Name = "B" }, 7).ShouldBeAsync(Codes.PreconditionFailed);
        await Admin.PatchAsync($"{Path}/{made.Id}", new ChangeCalendarRequest { Name = "B", Version = 7 }).ShouldBeAsync(Codes.VersionConflict);
    }

    internal static CreateCalendarRequest New(Guid? department) =>
        new("Office", "Asia/Karachi", new WorkWeek { Monday = [new("09:00", "17:00")], Tuesday = [new("09:00", "17:00")] }, null, department);
}
