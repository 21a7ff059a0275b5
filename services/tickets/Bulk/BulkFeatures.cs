using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets.Bulk;

/// <summary>Changes to many tickets at once.</summary>
static class BulkFeatures
{
    public static void AddBulk(this IServiceCollection services)
    {
        services.AddSingleton<BulkWorker>();
        services.AddHostedService(s => s.GetRequiredService<BulkWorker>());
    }

    public static void MapBulk(this RouteGroupBuilder api)
    {
        BulkAct.Map(api);
        PreviewBulk.Map(api);
        GetBulkJob.Map(api);
        CancelBulkJob.Map(api);
    }
}
