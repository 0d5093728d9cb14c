{{- define "conspects.labels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "conspects.name" -}}
{{ printf "%s-%s" .root.Release.Name .component | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The pod of a part: root, component, command; probe, resources, gpu, nodeSelector, tolerations, graceSeconds, restart where given. */}}
{{- define "conspects.pod" -}}
{{- $v := .root.Values }}
metadata:
  labels:
    {{- include "conspects.labels" . | nindent 4 }}
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "9100"
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .graceSeconds | default 30 }}
  {{- with .restart }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- with $v.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile: {type: RuntimeDefault}
  {{- if .gpu }}
  {{- with $v.gpu.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- end }}
  {{- with merge (dict) (.nodeSelector | default dict) (ternary $v.gpu.nodeSelector (dict) (.gpu | default false)) }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with concat (.tolerations | default list) (ternary $v.gpu.tolerations (list) (.gpu | default false)) }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "conspects.labels" . | nindent 10 }}
  containers:
    - name: {{ .component }}
      image: "{{ $v.image.repository }}:{{ ternary $v.image.gpuTag ($v.image.tag | default .root.Chart.AppVersion) (.gpu | default false) }}"
      imagePullPolicy: {{ $v.image.pullPolicy }}
      args:
        {{- toYaml .command | nindent 8 }}
      env:
        {{- range $name, $value := $v.settings }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
        {{- $keys := $v.secrets.keys }}
        {{- if eq .component "migrate" }}
        {{- $keys = merge (dict) $v.secrets.keys $v.secrets.migrationKeys }}
        {{- end }}
        {{- range $name, $key := $keys }}
        - name: {{ $name }}_FILE
          value: /run/secrets/ai-conspects/{{ $key }}
        {{- end }}
        - name: AI_CONSPECTS_LOG_FORMAT
          value: json
        - name: AI_CONSPECTS_METRICS__PORT
          value: "9100"
        - name: AI_CONSPECTS_METRICS__HOST
          value: 0.0.0.0
        {{- if .gpu }}
        - name: AI_CONSPECTS_SPEECH__DEVICE
          value: cuda
        {{- end }}
      ports:
        {{- if eq .component "api" }}
        - {name: http, containerPort: 8000}
        {{- end }}
        - {name: metrics, containerPort: 9100}
      {{- with .probes }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
      resources:
        {{- $resources := deepCopy .resources }}
        {{- if .gpu }}
        {{- $resources = merge $resources (dict "limits" (dict $v.gpu.resource 1)) }}
        {{- end }}
        {{- toYaml $resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        - {name: secrets, mountPath: /run/secrets/ai-conspects, readOnly: true}
        {{- if $v.models.existingClaim }}
        - {name: models, mountPath: /data/models, readOnly: true}
        {{- end }}
  volumes:
    - name: data
      emptyDir: {}
    - name: tmp
      emptyDir: {}
    - name: secrets
      secret:
        secretName: {{ $v.secrets.name }}
        defaultMode: 0440
        items:
        {{- range $key := values $keys | uniq | sortAlpha }}
          - {key: {{ $key }}, path: {{ $key }}}
        {{- end }}
    {{- with $v.models.existingClaim }}
    - name: models
      persistentVolumeClaim: {claimName: {{ . }}, readOnly: true}
    {{- end }}
{{- end }}
