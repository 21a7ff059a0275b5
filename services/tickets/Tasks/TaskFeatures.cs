using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tasks;

/// <summary>The routes of departments' checklists. No scope of a service account opens them.</summary>
static class TaskFeatures
{
    public static void MapTasks(this RouteGroupBuilder api)
    {
        ListTasks.Map(api);
        AddTask.Map(api);
        ChangeTask.Map(api);
        DeleteTask.Map(api);
    }
}
