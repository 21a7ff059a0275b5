using System.Net.Http.Headers;
using System.Text;
using Hdms.Contracts;

namespace Hdms.Users.Tests.Import;

public sealed class ImportWorkerTests(UsersApi api) : IClassFixture<UsersApi>
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Each_row_is_done_once_by_two_instances_one_of_which_stops_half_way()
    {
        const int Rows = 200;
        var admin = await api.AsAsync(Role.Admin);
        var another = await api.StartAnotherAsync();
        var csv = new StringBuilder("employee_code,first_name,email\n");
        for (var i = 0; i < Rows; i++)
            csv.Append($"I-{i},Ida,ida{i % (Rows - 1)}@example.org\n");

        var job = await StartAsync(admin, csv.ToString());
        await UntilAsync(admin, job.Id, j => j.Done > 0);
        await another.DisposeAsync();
        var done = await UntilAsync(admin, job.Id, j => j.State == BulkJobState.Done);

        // The last row has the first one's address.
        done.Counts.ShouldBe(new ImportCounts(Rows, Rows - 1, 0, 0, 1));
        var registered = await api.Database.ScalarAsync<long>(
            "SELECT count(*) FROM users_events AS e JOIN users AS u ON u.id = e.stream_id WHERE u.employee_code LIKE 'I-%' AND e.type = 'user.registered.v1'");
        registered.ShouldBe(Rows - 1);
        var rejects = await admin.GetStringAsync(new Uri(done.Rejects, UriKind.Relative));
        rejects.ShouldBe($"employee_code,first_name,email,reason\r\nI-{Rows - 1},Ida,ida0@example.org,There is one with this email already.\r\n");
    }

    [Fact]
    public async Task A_file_that_was_taken_changes_nothing_when_it_is_taken_again()
    {
        var admin = await api.AsAsync(Role.Admin);
        const string Csv = "employee_code,first_name,role,is_approver\nAGAIN-1,Ida,moderator,yes\n";
        await UntilAsync(admin, (await StartAsync(admin, Csv)).Id, j => j.State == BulkJobState.Done);

        var again = await UntilAsync(admin, (await StartAsync(admin, Csv)).Id, j => j.State == BulkJobState.Done);

        again.Counts.ShouldBe(new ImportCounts(1, 0, 0, 1, 0));
        using var person = await admin.GetAsync(new Uri("/api/v1/users/AGAIN-1", UriKind.Relative));
        (await person.ReadAsync<UserView>()).Version.ShouldBe(1);
    }

    static async Task<BulkJobView> StartAsync(HttpClient admin, string csv)
    {
        using var body = new StringContent(csv, new MediaTypeHeaderValue("text/csv"));
        using var response = await admin.PostAsync(new Uri("/api/v1/users/import", UriKind.Relative), body);
        return await response.ReadAsync<BulkJobView>();
    }

    static async Task<BulkJobView> UntilAsync(HttpClient admin, Guid job, Func<BulkJobView, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using var response = await admin.GetAsync(new Uri($"/api/v1/bulk-jobs/users/{job}", UriKind.Relative), patience.Token);
            var view = await response.ReadAsync<BulkJobView>();
            if (condition(view))
                return view;
            await Task.Delay(20, patience.Token);
        }
    }
}
