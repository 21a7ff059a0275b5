using Hdms.Web.Admin.Accounts;
using Hdms.Web.Admin.Audit;
using Hdms.Web.Admin.Categories;
using Hdms.Web.Admin.Databases;
using Hdms.Web.Admin.Departments;
using Hdms.Web.Admin.Health;
using Hdms.Web.Admin.People;
using Hdms.Web.Admin.Sla;
using Hdms.Web.Admin.Webhooks;
using Hdms.Web.Api;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin;

/// <summary>Pages for admins. What they may do is decided by the services; here it is only said sooner.</summary>
static class AdminRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        var admin = pages.MapGroup("/admin").AddEndpointFilter(ForAdmins);
        admin.MapGet("", () => Results.Redirect("/admin/people"));
        PeopleRoutes.Map(admin);
        PersonRoutes.Map(admin);
        ImportRoutes.Map(admin);
        AccessRoutes.Map(admin);
        DepartmentRoutes.Map(admin);
        CategoryRoutes.Map(admin);
        SlaRoutes.Map(admin);
        AuditRoutes.Map(admin);
        ServiceAccountRoutes.Map(admin);
        WebhookRoutes.Map(admin);
        HealthPageRoutes.Map(admin);
        DatabaseRoutes.Map(admin);
    }

    static async ValueTask<object?> ForAdmins(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.RequestServices.GetService(typeof(PersonSession)) is PersonSession { Me.IsAdmin: true }
            ? await next(context)
            : Problems.ProblemPageOf(ApiProblem.Of(StatusCodes.Status403Forbidden, "forbidden", "This page is for admins."));
}
